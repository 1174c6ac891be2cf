"""community as one object, for `server/app.py` to mount."""

from handlers.community import ads, communities, devices, messages, pictures, sessions, threads, users, wallet, words
from handlers.rest import surface

SURFACE = surface.Surface(
    name="community",
    prefix="/community",
    document="apis/commons-os.md",
    cookie="JSESSIONID",
    routes=[
        *communities.routes,
        *sessions.routes,
        *users.routes,
        *devices.routes,
        *ads.routes,
        *pictures.routes,
        *threads.routes,
        *messages.routes,
        *wallet.routes,
    ],
    words=words.WORDS,
)
