"""Who is calling, for a Flask app behind Seaworthy. pip install flask 'pyjwt[crypto]'"""
import os

import jwt
from flask import Flask, abort, request

app = Flask(__name__)
keys = jwt.PyJWKClient(os.environ["SEAWORTHY_URL"] + "/seaworthy/identity-keys", lifespan=300)


def caller():
    token = request.headers.get("X-Seaworthy-Identity", "")
    try:
        if jwt.get_unverified_header(token).get("typ") != "seaworthy-identity+jwt":
            abort(401)
        key = keys.get_signing_key_from_jwt(token)
        return jwt.decode(token, key, algorithms=["EdDSA"], audience="app", options={"require": ["exp", "nbf", "sub"]})
    except jwt.PyJWTError:
        abort(401)


@app.get("/me")
def me():
    who = caller()
    if "reports.read" not in who["permissions"]:
        abort(403)
    return {"email": who["email"], "role": who["role"]}
