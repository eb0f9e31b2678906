"""An attacker at the server's entrance: TLS of its own, and headers that say where a request comes from. (What
each attempt got: config/SECURITY.md. The rest of the hour: attack_test.py.)"""

import os
import socket
import ssl
import warnings

from certificates import Authority
from harness import UNSAFE_BUT_FAST, World, main, wait_for


class EntranceAttackTest(World):
    def connect(self, server, source: str = "127.0.0.1"):
        return socket.create_connection(("127.0.0.1", server.port), timeout=20, source_address=(source, 0))

    def test_tls_can_t_be_talked_down_and_garbage_ends_alone(self):
        authority = Authority(self.folder)
        authority.trust(self)
        server = self.start_server(self.start_carrier(), changes={**UNSAFE_BUT_FAST, "http": authority.sign()})

        def shakes_hands(change) -> bool:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            tls.load_verify_locations(authority.file)
            tls.set_ciphers("ALL:@SECLEVEL=0")
            change(tls)
            try:
                with self.connect(server) as link, tls.wrap_socket(link, server_hostname="127.0.0.1") as safe:
                    safe.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    return safe.recv(100).startswith(b"HTTP/1.1 200")
            except (ssl.SSLError, ConnectionResetError):
                return False

        self.assertTrue(shakes_hands(lambda tls: None))
        warnings.simplefilter("ignore", DeprecationWarning)  # old versions are what is tried
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            def only(tls, version=version):
                tls.minimum_version, tls.maximum_version = ssl.TLSVersion.TLSv1, version
            self.assertFalse(shakes_hands(only), version)
        for weak in ("AES256-GCM-SHA384", "AES128-SHA", "ECDHE-ECDSA-AES256-SHA", "aNULL", "NULL"):
            def with_weak(tls, weak=weak):
                tls.maximum_version = ssl.TLSVersion.TLSv1_2
                tls.set_ciphers(weak + ":@SECLEVEL=0")
            self.assertFalse(shakes_hands(with_weak), weak)

        for sent in (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", b"\x80\x2e\x01\x03\x01" + b"\0" * 40, os.urandom(100_000),
                     b"\x16\x03\x01\xff\xff" + b"x" * 70_000, b"\x15\x03\x01\x00\x02\x02\x28", b"\n" * 1000):
            with self.subTest(sent=sent[:8]), self.connect(server) as link:
                answer = b""
                try:
                    link.sendall(sent)
                    link.shutdown(socket.SHUT_WR)
                    while part := link.recv(65536):
                        answer += part
                except OSError as cut_off:
                    self.assertNotIsInstance(cut_off, TimeoutError, "the connection stays")
                self.assertNotIn(b"HTTP/", answer)
        # More half handshakes than may be under way: whoever comes after them is served.
        half = [self.connect(server) for _ in range(600)]
        try:
            for link in half:
                link.sendall(b"\x16\x03\x01\x02\x00\x01\x00")
            self.assertTrue(shakes_hands(lambda tls: None))
        finally:
            for link in half:
                link.close()
        # Counted when the server next looks after its entrance.
        wait_for("the failed handshakes to be told", lambda:
                 server.api().metric("ringmaster_tls_handshakes_failed_total") > 10)
        self.assertNotIn("ALARM", server.output())

    def test_only_a_named_proxy_is_believed_where_a_request_comes_from(self):
        server = self.start_server(self.start_carrier(), changes={
            **UNSAFE_BUT_FAST, "http": {"trusted_proxies": ["127.0.0.2"]}, "limits": {"wrong_keys_per_minute": 5}})

        def guess(source: str, said: str) -> int:
            with self.connect(server, source) as link:
                link.sendall(f"GET /api/v1/me HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {os.urandom(8).hex()}\r\n"
                             f"{said}Connection: close\r\n\r\n".encode())
                return int(link.recv(100).split()[1])

        # Another address in each request buys nothing: the connection's own counts.
        spoofed = [guess("127.0.0.1", f"X-Forwarded-For: 198.51.100.{i}\r\nX-Real-IP: 198.51.100.{i}\r\n"
                                      f"Forwarded: for=198.51.100.{i}\r\n") for i in range(20)]
        self.assertEqual((spoofed[0], spoofed[-1]), (401, 429), spoofed)
        # Through the proxy each client counts for itself, and what it says itself counts for nothing.
        for client in (1, 2):
            tries = [guess("127.0.0.2", f"X-Forwarded-For: 203.0.113.{i}, 198.51.100.{client}\r\n") for i in range(20)]
            self.assertEqual((tries[0], tries[-1]), (401, 429), tries)
        for source, said, blamed in (("127.0.0.2", "198.51.100.9", "198.51.100.9"),
                                     ("127.0.0.1", "198.51.100.9", "127.0.0.1"),
                                     ("127.0.0.2", "a\x1b[31m", "127.0.0.2"),
                                     ("127.0.0.2", "1.2.3.4 ALARM", "127.0.0.2")):
            before = len(server.lines)
            with self.connect(server, source) as link:
                link.sendall(b"POST /webhook/voice/status?business=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
                             b"Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n"
                             b"X-Forwarded-For: " + said.encode() + b"\r\n\r\na=b")
                status = link.recv(100).split()[1]
            if status == b"400":
                continue  # no header may hold that
            line = wait_for("the line", lambda: next(
                (x for x in server.lines[before:] if x and "bad signature" in x), None))
            self.assertTrue(line.endswith(f" from {blamed}"), line)
        self.assertNotIn("ALARM", server.output())

    def test_a_server_that_waits_reads_nobody_s_large_body(self):
        carrier = self.start_carrier()
        self.start_server(carrier)
        folder, self.folder = self.folder, self.folder / "second"
        self.folder.mkdir()
        second = self.start_server(carrier, ready=False)
        self.folder = folder
        second.wait_for_line("Another server works on this database")
        with self.connect(second) as link:
            link.sendall(b"POST /api/v1/businesses/1/leads HTTP/1.1\r\nHost: a\r\nContent-Length: 60000000\r\n\r\n")
            self.assertTrue(link.recv(100).startswith(b"HTTP/1.1 503 "))  # at once, not after the body


if __name__ == "__main__":
    main()
