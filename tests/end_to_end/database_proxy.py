"""Stands between the server and PostgreSQL, and can be slow, stand still or be gone."""

import socket
import threading
import urllib.parse


class DatabaseProxy:
    """Passes connections on to `database_url`'s server; `url` goes through it. Ends with close()."""

    def __init__(self, database_url: str):
        parts = urllib.parse.urlsplit(database_url)
        self._upstream = (parts.hostname, parts.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        login = parts.netloc.rpartition("@")[0]
        self.url = parts._replace(netloc=f"{login}@127.0.0.1:{self.port}").geturl()
        self._sockets, self._guard = set(), threading.Lock()
        self._open, self._moving, self._ended = True, threading.Event(), threading.Event()
        self._moving.set()
        self.delay_s = 0.0  # of whatever passes, each way
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self):
        """Ends all connections and refuses new ones."""
        with self._guard:
            self._open = False
            ended, self._sockets = self._sockets, set()
        for each in ended:
            self._shut(each)

    def mend(self):
        self._open = True

    def stand_still(self):
        """Nobody hears anything from now on, and no connection ends."""
        self._moving.clear()

    def move_on(self):
        """What was on its way arrives."""
        self._moving.set()

    def close(self):
        self._ended.set()
        self._moving.set()
        self._shut(self._listener)
        self._listener.close()
        self.cut()

    @staticmethod
    def _shut(one: socket.socket):
        try:
            one.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has ended by itself

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self._upstream)
            except OSError:
                client.close()
                continue
            with self._guard:
                # Under the guard: one that was accepted just before a cut must not survive it.
                let_in = self._open
                if let_in:
                    self._sockets |= {client, server}
            if not let_in:
                client.close()
                server.close()
                continue
            for one, other in ((client, server), (server, client)):
                threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket):
        try:
            while data := one.recv(65536):
                self._ended.wait(self.delay_s)
                self._moving.wait()
                other.sendall(data)
        except OSError:
            pass
        self._moving.wait()
        self._shut(other)
        self._shut(one)
        with self._guard:
            self._sockets -= {one}
        one.close()
