"""The server's own TLS: a run whose API and callbacks all go over it, and certificates that change."""

import time

from certificates import Authority
from harness import ADMIN_KEY, UNSAFE_BUT_FAST, Program, World, fictional_leads, free_port, main, wait_for
from server import clean_environment, write_settings


class TlsTest(World):
    def setUp(self):
        super().setUp()
        self.authority = Authority(self.folder)
        self.authority.trust(self)

    def settings(self, **http) -> dict:
        return {**UNSAFE_BUT_FAST, "http": http}

    def test_a_run_goes_over_tls_and_its_certificate_can_be_replaced_meanwhile(self):
        carrier = self.start_carrier()
        server = self.start_server(carrier, changes=self.settings(**self.authority.sign(days=2)))
        self.assertIn(f"listening on https://127.0.0.1:{server.port}", server.output())
        api = server.api()
        business = self.new_business(api)["id"]
        first = self.new_run(api, business, api.import_leads(business, fictional_leads(6)))
        ended = self.wait_for_run(api, business, first)
        self.assertEqual(ended["completed"], 6)
        ends = api.metric("ringmaster_certificate_ends_timestamp_seconds")
        self.assertAlmostEqual(ends, time.time() + 2 * 86400, delta=600)

        self.authority.sign(days=40)
        wait_for("the new certificate", lambda: api.metric("ringmaster_certificate_ends_timestamp_seconds") > ends, 30)
        second = self.new_run(server.api(), business, api.import_leads(business, fictional_leads(3, area=1)))
        self.assertEqual(self.wait_for_run(api, business, second)["completed"], 3)

        (self.folder / "server.key").write_text("no key")
        server.wait_for_line("the certificate before stays in use")
        self.assertEqual(server.api().send("GET", "/healthz")[0], 200)
        self.assertEqual(api.metric("ringmaster_certificates_refused_total"), 1)
        self.assert_nobody_called_twice(carrier.carrier)
        self.assertEqual(server.terminate(), 0)

    def test_a_certificate_that_is_no_good_stops_the_start_with_a_sentence(self):
        good, other = self.authority.sign("one"), self.authority.sign("two")
        for http, words in (
                ({**good, "key_file": other["key_file"]}, "does not belong to the certificate"),
                ({**good, "key_file": good["certificate_file"]}, "holds no private key"),
                ({**good, "certificate_file": "/nowhere.pem"}, "/nowhere.pem can't be read"),
                ({**good, "key_file": ""}, "http.key_file is missing")):
            with self.subTest(words=words):
                write_settings(self.folder, self.settings(**http))
                program = Program(["serve", "--config", self.folder / "settings.json", "--carrier", "simulated"],
                                  clean_environment(DATABASE_URL=self.database_url, RINGMASTER_ADMIN_KEY=ADMIN_KEY,
                                                    RINGMASTER_PORT=free_port()), self.folder)
                self.programs.append(program)
                self.assertEqual(program.wait(60), 1)
                self.assertIn(words, program.output())


if __name__ == "__main__":
    main()
