# A small app with Flask-Login, as its documentation has it; it knows nothing of what may stand in front of it.
#   flask-login-app.py PORT DIRECTORY
import sys
from datetime import timedelta

from flask import Flask, flash, redirect, render_template_string, request, session, url_for
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user, logout_user

app = Flask(__name__)
app.secret_key = "tests only: 6c1d2a0f8e7b4c35"
app.permanent_session_lifetime = timedelta(days=31)
manager = LoginManager(app)
manager.login_view = "login"
people = {"alice": "wonderland-is-large", "bob": "builder-of-things", "Ångström": "a-very-short-length"}


class Person(UserMixin):
    def __init__(self, name):
        self.id = name


@manager.user_loader
def load(name):
    return Person(name) if name in people else None


@app.before_request
def permanent():
    # Flask then signs the cookie anew with every answer.
    session.permanent = True


PAGE = """<!doctype html><title>{{ title }}</title>
{% for text in get_flashed_messages() %}<p class=flash>{{ text }}</p>{% endfor %}{{ body|safe }}"""
FORM = """<form method=post><label>Name <input name=username autofocus></label>
<label>Password <input type=password name=password></label>
<label><input type=checkbox name=remember> Remember me</label><button>Log in</button></form>"""


def page(title, body):
    return render_template_string(PAGE, title=title, body=body)


@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "POST":
        name = request.form.get("username", "")
        if people.get(name) == request.form.get("password") and name in people:
            login_user(Person(name), remember="remember" in request.form)
            return redirect(url_for("home"))
        flash("Wrong name or password.")
    return page("Log in", FORM)


@app.route("/")
@login_required
def home():
    return page("Home", f"<p id=hello>Hello {current_user.id}</p><a href=/logout>Log out</a>")


@app.route("/public")
def public():
    return page("Public", "<p>For everybody.</p>")


@app.route("/logout")
@login_required
def logout():
    logout_user()
    flash("Bye.")
    return redirect(url_for("login"))


@app.route("/headers")
def headers():
    return {"cookie": request.headers.get("Cookie", ""), "length": request.content_length}


if __name__ == "__main__":
    app.run("127.0.0.1", int(sys.argv[1]), threaded=True)
