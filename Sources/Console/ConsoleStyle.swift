/// How the console looks: the system's fonts, light or dark as the reader's system is, one column on a phone.
public enum ConsoleStyle {
    public static let css = colours + frame + parts + forms + small

    private static let colours = """
        :root { color-scheme: light dark; --ink: #16202c; --soft: #51606f; --page: #f4f6f9; --card: #ffffff; --line: #d5dce4;
          --link: #0b57a4; --accent: #0b57a4; --on-accent: #ffffff; --good: #1b6b34; --good-back: #e2f3e7; --warn: #7a4b00;
          --warn-back: #fdf0d3; --bad: #a3221b; --bad-back: #fde6e4; --plain-back: #e8edf2; --focus: #0a66d6; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6ebf1; --soft: #a8b4c1; --page: #10151b; --card: #181f27; --line: #303a46; --link: #86bcff;
            --accent: #6fb0ff; --on-accent: #08131f; --good: #8fdca6; --good-back: #163322; --warn: #f3c877;
            --warn-back: #38290c; --bad: #ffaaa3; --bad-back: #421a17; --plain-back: #27303a; --focus: #9ccaff; }
        }

        """

    private static let frame = """
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0; font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--ink);
          background: var(--page); overflow-wrap: anywhere; }
        a { color: var(--link); }
        a:focus-visible, button:focus-visible, input:focus-visible, select:focus-visible, textarea:focus-visible, main:focus-visible {
          outline: 3px solid var(--focus); outline-offset: 2px; border-radius: .3rem; }
        main:focus { outline: none; }
        .skip { position: absolute; left: -100rem; top: 0; padding: .6rem 1rem; background: var(--card); z-index: 2; }
        .skip:focus { left: .5rem; top: .5rem; }
        .top { display: flex; flex-wrap: wrap; gap: .4rem 1.5rem; align-items: center; justify-content: space-between;
          padding: .6rem 1.25rem; background: var(--card); border-bottom: 1px solid var(--line); }
        .top p { margin: 0; }
        .brand a { font-weight: 700; color: inherit; text-decoration: none; }
        .mark { display: inline-block; width: .8em; height: .8em; margin-right: .5em; background: var(--accent);
          border-radius: 50% 50% 50% 0; transform: rotate(-45deg); }
        .site, .role { color: var(--soft); font-size: .92rem; }
        .who { display: flex; flex-wrap: wrap; gap: .25rem 1rem; align-items: center; }
        .who form { margin: 0; }
        .who .name { font-weight: 600; }
        .body { display: grid; grid-template-columns: 13rem minmax(0, 1fr); max-width: 84rem; margin: 0 auto; }
        .rooms { padding: 1.25rem .75rem; }
        .rooms .group { margin: .9rem .75rem .2rem; font-size: .8rem; font-weight: 600; color: var(--soft); }
        .rooms .group:first-child { margin-top: 0; }
        .rooms ul { list-style: none; margin: 0; padding: 0; }
        .rooms a { display: block; padding: .38rem .75rem; border-radius: .4rem; color: inherit; text-decoration: none; }
        .rooms a:hover { background: var(--plain-back); }
        .rooms a[aria-current] { background: var(--accent); color: var(--on-accent); font-weight: 600; }
        main { padding: 1.5rem 1.5rem 3rem; min-width: 0; }
        .bare .body { display: block; max-width: 34rem; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .6rem; }
        h2 { font-size: 1.12rem; margin: 2rem 0 .6rem; }
        p { margin: 0 0 .8rem; max-width: 46rem; }
        .lead { color: var(--soft); margin-bottom: 1.2rem; }
        footer { padding: 0 1.5rem 1.5rem; color: var(--soft); font-size: .88rem; text-align: center; }
        footer p { margin: 0 auto; }

        """

    private static let parts = """
        code, pre { font: .9em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
        pre { white-space: pre-wrap; margin: 0 0 1rem; padding: .7rem .9rem; background: var(--plain-back); border-radius: .4rem; }
        .hint { display: block; color: var(--soft); font-size: .88rem; }
        .tiles { list-style: none; margin: 0 0 1.25rem; padding: 0; display: grid; gap: .75rem;
          grid-template-columns: repeat(auto-fit, minmax(9.3rem, 1fr)); }
        .tile { background: var(--card); border: 1px solid var(--line); border-left: 4px solid var(--line); border-radius: .5rem;
          padding: .7rem .9rem; }
        .tile .label { display: block; color: var(--soft); font-size: .88rem; }
        .tile .value { display: block; font-size: 1.45rem; font-weight: 650; line-height: 1.3; color: var(--ink); }
        .tile.good { border-left-color: var(--good); } .tile.warn { border-left-color: var(--warn); }
        .tile.bad { border-left-color: var(--bad); }
        dl { margin: 0 0 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .2rem .9rem; }
        dl div { display: grid; grid-template-columns: 12rem minmax(0, 1fr); gap: .25rem 1rem; padding: .5rem 0;
          border-top: 1px solid var(--line); }
        dl div:first-child { border-top: 0; }
        dt { color: var(--soft); } dd { margin: 0; }
        .badge { display: inline-block; padding: .05rem .6rem; border-radius: 1rem; font-size: .88rem; font-weight: 600;
          background: var(--plain-back); white-space: nowrap; }
        .badge.good { color: var(--good); background: var(--good-back); }
        .badge.warn { color: var(--warn); background: var(--warn-back); }
        .badge.bad { color: var(--bad); background: var(--bad-back); }
        table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line);
          margin: 0 0 1rem; font-size: .95rem; }
        caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        th { text-align: left; font-size: .85rem; font-weight: 600; color: var(--soft); background: var(--plain-back); white-space: nowrap; }
        th, td { padding: .5rem .75rem; vertical-align: top; border-top: 1px solid var(--line); }
        .alert, .done { border-left: 4px solid; border-radius: .4rem; padding: .7rem 1rem; margin: 0 0 1.1rem; max-width: 46rem; }
        .alert { border-color: var(--bad); background: var(--bad-back); }
        .alert p { margin: .2rem 0 0; }
        .done { border-color: var(--good); background: var(--good-back); }
        .empty { border: 1px dashed var(--line); border-radius: .5rem; padding: 1rem 1.1rem; margin: 0 0 1.25rem; background: var(--card); }
        .empty p { margin: 0; } .empty pre { margin: .7rem 0 0; }
        .pages { display: flex; gap: 1.25rem; margin: 0 0 1.5rem; }

        """

    private static let forms = """
        form.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.1rem;
          margin: 0 0 1.25rem; max-width: 34rem; }
        .field { margin: 0 0 .9rem; }
        label { display: block; font-weight: 600; margin-bottom: .2rem; }
        .choices { border: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .6rem; }
        .choices legend { font-weight: 600; padding: 0; margin-bottom: .3rem; }
        .choice { display: flex; align-items: center; gap: .5rem; margin: 0; padding: .45rem .9rem; min-height: 2.6rem;
          border: 1px solid var(--soft); border-radius: .4rem; background: var(--page); }
        .choice:has(:checked) { border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }
        .choice input[type=radio] { width: 1.1rem; min-height: 1.1rem; height: 1.1rem; padding: 0; margin: 0; }
        kbd { font: .85em ui-monospace, Menlo, Consolas, monospace; color: var(--soft); border: 1px solid var(--line);
          border-radius: .25rem; padding: 0 .35rem; }
        textarea { resize: vertical; }
        input:not([type=hidden], [type=radio]), select, textarea { font: inherit; width: 100%; padding: .5rem .65rem; color: inherit; background: var(--page);
          border: 1px solid var(--soft); border-radius: .4rem; min-height: 2.6rem; }
        button { font: inherit; font-weight: 600; min-height: 2.6rem; padding: .35rem 1rem; border-radius: .4rem; cursor: pointer;
          border: 1px solid transparent; }
        button.primary { color: var(--on-accent); background: var(--accent); }
        button.quiet { color: inherit; background: transparent; border-color: var(--soft); }
        button.danger { color: var(--bad); background: var(--bad-back); border-color: var(--bad); }
        .filter { display: flex; flex-wrap: wrap; gap: .6rem .9rem; align-items: flex-end; margin: 0 0 1.1rem; }
        .filter .field { margin: 0; flex: 1 1 11rem; max-width: 17rem; }
        .acts { display: flex; flex-wrap: wrap; gap: .75rem; align-items: flex-end; margin: 0 0 1.25rem; }
        .acts form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: flex-end; background: var(--card);
          border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .75rem; }
        .acts .field { margin: 0; min-width: 12rem; }
        .act { display: inline-block; margin: 0 .35rem .25rem 0; }
        .act:has(.field) { display: inline-flex; flex-wrap: wrap; gap: .35rem; align-items: center; }
        .act .field { margin: 0; }
        .act label { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }
        .act select { min-height: 2.1rem; padding: .15rem .5rem; font-size: .92rem; }
        td button, .who button { white-space: nowrap; }
        .act button, .who button { min-height: 2.1rem; padding: .15rem .75rem; font-size: .92rem; }

        """

    private static let small = """
        @media (max-width: 800px) {
          .body { display: block; }
          .top { padding: .6rem 1rem; }
          .rooms { padding: .6rem .75rem 0; display: flex; flex-wrap: wrap; gap: .1rem .3rem; }
          .rooms .group { display: none; }
          .rooms ul { display: contents; }
          .rooms a { padding: .3rem .6rem; font-size: .95rem; }
          main { padding: 1rem 1rem 2.5rem; }
          dl div { grid-template-columns: 1fr; gap: 0; }
          table, tbody, tr, td { display: block; }
          table { border: 0; background: none; }
          thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
          tr { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; margin: 0 0 .75rem; padding: .3rem .9rem; }
          td { border: 0; padding: .3rem 0; }
          td::before { content: attr(data-label); display: block; color: var(--soft); font-size: .82rem; }
          td:empty { display: none; }
          .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
          .filter .field { max-width: none; }
          .acts form { width: 100%; }
        }
        @media (prefers-reduced-motion: no-preference) { .rooms a { transition: background-color .12s; } }

        """
}
