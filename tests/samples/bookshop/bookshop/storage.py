import asyncio
from contextlib import asynccontextmanager


class Storage:
    def __init__(self, delay=0.0):
        self._delay = delay
        self._rows = {}
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self):
        async with self._lock:
            copy = dict(self._rows)
            try:
                yield self
            except BaseException:
                self._rows = copy
                raise

    async def put(self, key, value):
        await asyncio.sleep(self._delay)
        self._rows[key] = value

    async def get(self, key, default=None):
        await asyncio.sleep(self._delay)
        return self._rows.get(key, default)

    async def __aiter__(self):
        for key in sorted(self._rows):
            yield key, await self.get(key)
