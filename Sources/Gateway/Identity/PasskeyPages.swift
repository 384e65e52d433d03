import HTTPTypes
import Hummingbird
import Identity
import Kernel
import Web

extension IdentityPages {
    /// As `page`, with the one script that passkeys need.
    private static func scripted(
        _ exchange: IdentityExchange, _ name: String, _ problem: Problem?, _ body: (String) throws -> String
    ) rethrows -> Hummingbird.Response {
        let source = "\(exchange.flows.ownPrefix)/passkeys.js".escapedForHTML
        var answer = try page(exchange, name, problem) { token in
            try body(token) + "<script src=\"\(source)\" defer></script>"
        }
        answer.headers[.contentSecurityPolicy] = answer.headers[.contentSecurityPolicy]?
            .replacing("script-src 'none'", with: "script-src 'self'")
        return answer
    }

    private static let withoutScript = """
        <noscript><p class="note">Passkeys need JavaScript: it is the only way to reach the browser’s keys. Everything else here \
        works without.</p></noscript>
        """

    /// Where the script says what it waits for, or what went wrong.
    private static let news = "<p id=\"passkey-news\" role=\"status\" aria-live=\"polite\"></p>"

    @Sendable static func passkeySignIn(_ exchange: IdentityExchange, _ problem: Problem?) async throws
        -> Hummingbird.Response
    {
        if exchange.caller != nil || exchange.enrolling != nil, problem == nil {
            return exchange.redirect("\(exchange.flows.ownPrefix)/account")
        }
        let prefix = exchange.flows.ownPrefix.escapedForHTML
        let place = exchange.returnPath(or: nil)
        return scripted(exchange, "Sign in with a passkey", problem) { token in
            "<p>Your browser asks for your finger, your face or a PIN; no password is needed.</p>" + withoutScript + """
                <form id="passkey-sign-in" data-prefix="\(prefix)" data-return="\(place.escapedForHTML)">
                <input type="hidden" name="csrf_token" value="\(token.escapedForHTML)">
                <p><button class="primary" type="submit">Use a passkey</button></p></form>
                """ + news
                + "<nav class=\"links\"><a href=\"\(prefix)/sign-in?return-to=\(place.percentEncodedForQuery)\">"
                + "Sign in with your password</a></nav>"
        }
    }

    @Sendable static func passkeys(_ exchange: IdentityExchange, _ problem: Problem?) async throws
        -> Hummingbird.Response
    {
        let person = try exchange.person()
        let known = try await exchange.flows.passkeys(of: person)
        guard exchange.isPage else {
            return exchange.json { text in
                text.name("passkeys")
                text.beginArray()
                for passkey in known {
                    text.beginObject()
                    text.member("passkey", passkey.id)
                    text.member("name", passkey.name)
                    text.member("created", passkey.createdAt.iso8601)
                    if let used = passkey.usedAt { text.member("used", used.iso8601) }
                    text.member("backed-up", passkey.isBackedUp)
                    text.endObject()
                }
                text.endArray()
            }
        }
        let isFresh = exchange.flows.isFresh(person)
        let prefix = exchange.flows.ownPrefix.escapedForHTML
        return scripted(exchange, "Passkeys", problem) { token in
            let items = known.map { passkey in
                let used = passkey.usedAt.map { "last used \(minutes($0))" } ?? "not used yet"
                let end =
                    isFresh && exchange.caller != nil
                    ? form(
                        exchange, "/account/passkeys/remove", token, hidden("passkey", passkey.id), button: "Remove",
                        kind: "plain") : ""
                return """
                    <li class="session"><div><strong>\(passkey.name.escapedForHTML)</strong><br><span class="hint">made \
                    \(minutes(passkey.createdAt).escapedForHTML), \(used.escapedForHTML)</span></div>\(end)</li>
                    """
            }
            var text = """
                <p>A passkey signs you in by your finger, your face or a PIN of this device. It can’t be guessed, and no false \
                site can ask for it.</p>
                """
            if !items.isEmpty { text += "<ul>\(items.joined(separator: "\n"))</ul>" }
            guard isFresh else { return text + stepUpLink(exchange, "/account/passkeys") + accountLink(exchange) }
            return text + "<h2>Add one</h2>" + withoutScript + """
                <form id="passkey-add" data-prefix="\(prefix)">
                <input type="hidden" name="csrf_token" value="\(token.escapedForHTML)">
                \(input("name", "Its name", type: "text", autocomplete: "off", hint: "Such as “my telephone”.", extra: " maxlength=\"60\""))
                <p><button class="primary" type="submit">Make a passkey</button></p></form>
                """ + news + accountLink(exchange)
        }
    }
}

/// The script of the pages of passkeys, whole: it asks for options, lets the browser act, and sends what came of it.
enum PasskeyScript {
    static let text = """
        'use strict';
        (() => {
          const news = document.getElementById('passkey-news');
          const say = text => { if (news) news.textContent = text; };
          const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0));
          const text = buffer => btoa(String.fromCharCode(...new Uint8Array(buffer || [])))
            .replace(/\\+/g, '-').replace(/\\//g, '_').replace(/=+$/, '');
          const send = async (form, path, fields) => {
            const answer = await fetch(form.dataset.prefix + path, {
              method: 'POST', credentials: 'same-origin',
              headers: { 'Content-Type': 'application/json', 'Accept': 'application/json',
                'X-CSRF-Token': form.elements.csrf_token.value },
              body: JSON.stringify(fields) });
            const body = await answer.json().catch(() => ({}));
            if (!answer.ok) throw new Error((body.title || 'It did not work.') + ' ' + (body.detail || ''));
            return body;
          };
          const act = (id, work) => {
            const form = document.getElementById(id);
            if (!form) return;
            if (!window.PublicKeyCredential) { say('This browser has no passkeys.'); return; }
            form.addEventListener('submit', async event => {
              event.preventDefault();
              const button = form.querySelector('button');
              button.disabled = true;
              say('Look at what your browser asks…');
              try {
                await work(form);
              } catch (error) {
                say(error.name === 'InvalidStateError' ? 'This device has a passkey for your account already.'
                  : error.name === 'NotAllowedError' ? 'Nothing was done: it was cancelled, or took too long.'
                  : error.message);
                button.disabled = false;
                button.focus();
              }
            });
          };
          act('passkey-sign-in', async form => {
            const options = await send(form, '/sign-in/passkey/options', {});
            const made = await navigator.credentials.get({ publicKey: {
              challenge: bytes(options.challenge), rpId: options['rp-id'], userVerification: 'required',
              timeout: 120000 } });
            await send(form, '/sign-in/passkey', {
              'credential': text(made.rawId), 'client-data': text(made.response.clientDataJSON),
              'authenticator-data': text(made.response.authenticatorData), 'signature': text(made.response.signature),
              'user-handle': text(made.response.userHandle) });
            location.assign(form.dataset.return);
          });
          act('passkey-add', async form => {
            const options = await send(form, '/account/passkeys/options', {});
            const made = await navigator.credentials.create({ publicKey: {
              challenge: bytes(options.challenge), rp: { id: options['rp-id'], name: options['rp-name'] },
              user: { id: new TextEncoder().encode(options.user), name: options['user-name'],
                displayName: options['user-name'] },
              pubKeyCredParams: options.algorithms.map(alg => ({ type: 'public-key', alg })),
              excludeCredentials: options.exclude.map(id => ({ type: 'public-key', id: bytes(id) })),
              authenticatorSelection: { residentKey: 'required', requireResidentKey: true,
                userVerification: 'required' },
              attestation: 'none', timeout: 120000 } });
            await send(form, '/account/passkeys', {
              'name': form.elements.name.value, 'client-data': text(made.response.clientDataJSON),
              'attestation': text(made.response.attestationObject) });
            location.assign(form.dataset.prefix + '/account/passkeys');
          });
        })();

        """
}
