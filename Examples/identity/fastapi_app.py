"""Who is calling, for a FastAPI app behind Seaworthy. pip install fastapi uvicorn 'pyjwt[crypto]'"""
import os

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException

app = FastAPI()
keys = jwt.PyJWKClient(os.environ["SEAWORTHY_URL"] + "/seaworthy/identity-keys", lifespan=300)


def caller(x_seaworthy_identity: str = Header("")):
    token = x_seaworthy_identity
    try:
        if jwt.get_unverified_header(token).get("typ") != "seaworthy-identity+jwt":
            raise HTTPException(401)
        key = keys.get_signing_key_from_jwt(token)
        return jwt.decode(token, key, algorithms=["EdDSA"], audience="app", options={"require": ["exp", "nbf", "sub"]})
    except jwt.PyJWTError:
        raise HTTPException(401)


@app.get("/me")
def me(who=Depends(caller)):
    if "reports.read" not in who["permissions"]:
        raise HTTPException(403)
    return {"email": who["email"], "role": who["role"]}
