"""The running configuration: how it is read again, and what it says of that in the metrics."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Gauge

from exporter.config.schema import Config
from exporter.errors import ConfigError
from exporter.web.web_config import WebConfig

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Settings:
    """The checked configuration file and web configuration file."""

    config: Config
    web: WebConfig = field(default_factory=WebConfig)


class Reloader:
    """Holds the settings that run, and exchanges them as a whole or not at all.

    Args:
        settings: what runs now.
        load: reads and checks everything anew; raises ConfigError.
        registry: where the two metrics of reloading belong.
    """

    def __init__(self, settings: Settings, load: Callable[[], Settings], registry: CollectorRegistry) -> None:
        self.settings = settings
        self._load = load
        self._lock = asyncio.Lock()
        self._successful = Gauge(
            "radio_exporter_config_last_reload_successful",
            "1 if the configuration was read and taken over when it was last asked for.",
            registry=registry,
        )
        self._success_time = Gauge(
            "radio_exporter_config_last_reload_success_timestamp_seconds",
            "When a configuration was last taken over, as Unix time.",
            registry=registry,
        )
        self._taken_over()

    async def reload(self, apply: Callable[[Settings], Awaitable[None]]) -> None:
        """Read everything anew and `apply` it.

        Raises:
            ConfigError: nothing has changed, or a bug stopped it, which the message and the log then say.
        """
        async with self._lock:
            try:
                settings = await asyncio.to_thread(self._load)
                await apply(settings)
            except ConfigError as error:
                self._failed(str(error))
                raise
            except Exception as error:
                log.exception("the reload failed, which is a bug of the exporter")
                self._failed("a bug of the exporter, see its log")
                raise ConfigError("reload", "failed: a bug of the exporter, see its log") from error
            if settings.config.web.listen != self.settings.config.web.listen:
                log.warning("web.listen has changed, which takes a restart")
            self.settings = settings
            self._taken_over()
            log.info("the configuration was read again and taken over")

    def _failed(self, why: str) -> None:
        self._successful.set(0)
        log.error("the configuration cannot be used, the running one is kept: %s", why)

    def _taken_over(self) -> None:
        self._successful.set(1)
        self._success_time.set(round(time.time(), 3))
