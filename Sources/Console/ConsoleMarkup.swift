/// What a page is made of. No script, no inline style: the policy that goes with it allows neither.
enum ConsoleMarkup {
    static let page = """
        {{% CONTENT_TYPE:CONSOLE-HTML}}<!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="robots" content="noindex">
        <title>{{title}} – Seaworthy</title>
        <link rel="stylesheet" href="/console/style.css">
        </head>
        <body{{#isBare}} class="bare"{{/isBare}}>
        <a class="skip" href="#content">Skip to the content</a>
        <header class="top">
        <p class="brand"><a href="/console"><span class="mark" aria-hidden="true"></span>Seaworthy</a> <span class="site">in front of {{site}}</span></p>
        {{#who}}
        <div class="who"><span><span class="name">{{who}}</span> <span class="role">{{role}}</span></span>
        <form method="post" action="/console/sign-out"><input type="hidden" name="csrf_token" value="{{token}}"><button class="quiet" type="submit">Sign out</button></form></div>
        {{/who}}
        </header>
        <div class="body">
        {{^isBare}}
        <nav class="rooms" aria-label="Console">
        {{#navigation}}
        <p class="group">{{name}}</p>
        <ul>
        {{#entries}}
        <li><a href="{{path}}"{{#isCurrent}} aria-current="page"{{/isCurrent}}>{{label}}</a></li>
        {{/entries}}
        </ul>
        {{/navigation}}
        </nav>
        {{/isBare}}
        <main id="content" tabindex="-1">
        <h1>{{title}}</h1>
        {{#alert}}
        <div class="alert" role="alert"><strong>{{title}}</strong>{{#detail}}<p>{{detail}}</p>{{/detail}}</div>
        {{/alert}}
        {{#done}}
        <p class="done" role="status">{{done}}</p>
        {{/done}}
        {{#lead}}
        <p class="lead">{{lead}}</p>
        {{/lead}}
        {{#blocks}}

        """ + blocks + """
            {{/blocks}}
            </main>
            </div>
            <footer><p>Seaworthy {{version}}</p></footer>
            </body>
            </html>

            """

    private static let blocks = """
        {{#heading}}
        <h2>{{words}}</h2>
        {{/heading}}
        {{#text}}
        <p>{{words}}</p>
        {{/text}}
        {{#code}}
        <pre>{{words}}</pre>
        {{/code}}
        {{#empty}}
        <div class="empty"><p>{{words}}</p>{{#command}}<pre>{{command}}</pre>{{/command}}</div>
        {{/empty}}
        {{#tiles}}
        <ul class="tiles">
        {{#items}}
        <li class="tile {{tone}}"><span class="label">{{label}}</span>
        {{#link}}<a class="value" href="{{link}}">{{value}}</a>{{/link}}{{#isPlain}}<span class="value">{{value}}</span>{{/isPlain}}
        {{#hint}}<span class="hint">{{hint}}</span>{{/hint}}</li>
        {{/items}}
        </ul>
        {{/tiles}}
        {{#facts}}
        <dl>
        {{#items}}
        <div><dt>{{name}}</dt><dd>{{#cell}}\(cell){{/cell}}</dd></div>
        {{/items}}
        </dl>
        {{/facts}}
        {{#table}}
        <table role="table">
        <caption>{{caption}}</caption>
        <thead role="rowgroup"><tr role="row">{{#columns}}<th role="columnheader" scope="col">{{name}}</th>{{/columns}}</tr></thead>
        <tbody role="rowgroup">
        {{#rows}}
        <tr role="row">{{#cells}}<td role="cell" data-label="{{column}}">\(cell)</td>{{/cells}}</tr>
        {{/rows}}
        </tbody>
        </table>
        {{/table}}
        {{#form}}
        <form class="card" method="post" action="{{action}}"{{#isMultipart}} enctype="multipart/form-data"{{/isMultipart}}>\(inside)</form>
        {{/form}}
        {{#filter}}
        <form class="filter" method="get" action="{{action}}" role="search">\(fields)<button class="{{weight}}" type="submit">{{button}}</button></form>
        {{/filter}}
        {{#acts}}
        <div class="acts">{{#items}}<form method="post" action="{{action}}">\(inside)</form>{{/items}}</div>
        {{/acts}}
        {{#pages}}
        <nav class="pages" aria-label="Pages">{{#first}}<a href="{{first}}">First page</a>{{/first}}{{#next}}<a href="{{next}}" rel="next">Next page</a>{{/next}}</nav>
        {{/pages}}

        """

    private static let cell =
        "{{#plain}}<bdi>{{plain}}</bdi>{{/plain}}"
        + "{{#link}}<a href=\"{{link}}\">{{#isLinkCode}}<code>{{words}}</code>{{/isLinkCode}}"
        + "{{^isLinkCode}}<bdi>{{words}}</bdi>{{/isLinkCode}}</a>{{/link}}"
        + "{{#badge}}<span class=\"badge {{tone}}\">{{words}}</span>{{/badge}}"
        + "{{#code}}<code>{{words}}</code>{{/code}}"
        + "{{#hint}} <span class=\"hint\">{{hint}}</span>{{/hint}}"
        + "{{#acts}}<form class=\"act\" method=\"post\" action=\"{{action}}\">\(inside)</form>{{/acts}}"

    private static let inside =
        "<input type=\"hidden\" name=\"csrf_token\" value=\"{{token}}\">"
        + "{{#hidden}}<input type=\"hidden\" name=\"{{name}}\" value=\"{{value}}\">{{/hidden}}" + fields
        + "<button class=\"{{weight}}\" type=\"submit\"{{#label}} aria-label=\"{{label}}\"{{/label}}>{{button}}</button>"

    private static let fields =
        "{{#fields}}{{#isRadio}}<fieldset class=\"field choices\"><legend>{{label}}</legend>"
        + "{{#choices}}<label class=\"choice\"><input type=\"radio\" name=\"{{name}}\" value=\"{{value}}\""
        + "{{#key}} accesskey=\"{{key}}\"{{/key}}{{#isChosen}} checked{{/isChosen}}{{#isFocused}} autofocus{{/isFocused}} required> {{label}}"
        + "{{#key}} <kbd aria-hidden=\"true\">{{key}}</kbd>{{/key}}</label>{{/choices}}</fieldset>{{/isRadio}}"
        + "{{^isRadio}}<p class=\"field\"><label for=\"{{id}}\">{{label}}</label>"
        + "{{#hint}}<span class=\"hint\" id=\"{{hintID}}\">{{hint}}</span>{{/hint}}"
        + "{{#isInput}}<input id=\"{{id}}\" name=\"{{name}}\" type=\"{{type}}\" value=\"{{value}}\" "
        + "autocomplete=\"{{autocomplete}}\"{{#isRequired}} required{{/isRequired}}"
        + "{{#hint}} aria-describedby=\"{{hintID}}\"{{/hint}}>{{/isInput}}"
        + "{{#isArea}}<textarea id=\"{{id}}\" name=\"{{name}}\" rows=\"3\""
        + "{{#hint}} aria-describedby=\"{{hintID}}\"{{/hint}}>{{value}}</textarea>{{/isArea}}"
        + "{{#isSelect}}<select id=\"{{id}}\" name=\"{{name}}\">{{#choices}}<option value=\"{{value}}\""
        + "{{#isChosen}} selected{{/isChosen}}>{{label}}</option>{{/choices}}</select>{{/isSelect}}</p>{{/isRadio}}{{/fields}}"
}
