"""Django Channels: a consumer per connection in one group, on the Redis layer it is told."""

import os

import django
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import get_channel_layer
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import path

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="nobody signs anything here",
    CHANNEL_LAYERS={
        "default": {
            "BACKEND": os.environ["LAYER"],
            # redis-py opens at most 100 connections unless told, and fails the 101st consumer.
            "CONFIG": {"hosts": [{"address": os.environ["REDIS_URL"], "max_connections": 2_000}]},
        }
    },
)
django.setup()


class Live(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.channel_layer.group_add("hot", self.channel_name)
        await self.accept()

    async def said(self, event: dict[str, str]) -> None:
        await self.send(text_data=event["text"])


async def publish(request: HttpRequest) -> HttpResponse:
    event = {"type": "said", "text": request.body.decode()}
    await get_channel_layer().group_send("hot", event)
    return HttpResponse("ok")


urlpatterns = [path("publish", publish)]
app = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": URLRouter([path("live", Live.as_asgi())]),
    }
)
