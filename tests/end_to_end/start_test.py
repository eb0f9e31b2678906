"""What stops a start, and in which words; what is refused when a setting is missing."""

import resource
import socket

from harness import ADMIN_KEY, ApiError, Program, World, fictional_leads, free_port, main
from server import ACCOUNT, TOKEN, clean_environment


class StartTest(World):
    def serve(self, *arguments, **env) -> tuple:
        """(exit status, output) of a server that can't start."""
        settings = {"DATABASE_URL": self.database_url, "RINGMASTER_ADMIN_KEY": ADMIN_KEY,
                    "RINGMASTER_PORT": free_port(), **env}
        program = Program(["serve", "--config", self.folder / "settings.json", *arguments],
                          clean_environment(**settings), self.folder)
        self.programs.append(program)
        return program.wait(60), program.output()

    def test_an_unreachable_database_is_told(self):
        url = f"postgresql://nobody:secret-word@127.0.0.1:{free_port()}/none"
        status, output = self.serve("--carrier", "simulated", DATABASE_URL=url)
        self.assertEqual(status, 1, output)
        self.assertIn("database", output.lower())
        self.assertNotIn("secret-word", output)

    def test_a_missing_database_setting_names_the_setting(self):
        status, output = self.serve("--carrier", "simulated", DATABASE_URL="")
        self.assertEqual(status, 1, output)
        self.assertIn("DATABASE_URL", output)

    def test_a_port_in_use_is_told_with_its_number(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            status, output = self.serve("--carrier", "simulated", RINGMASTER_PORT=port)
        self.assertEqual(status, 1, output)
        self.assertRegex(output, rf"port {port} .*in use")

    def test_an_unknown_key_in_the_settings_is_named(self):
        (self.folder / "settings.json").write_text('{"http": {"prot": 8080}}')
        status, output = self.serve("--carrier", "simulated")
        self.assertEqual(status, 1, output)
        self.assertIn("http.prot", output)

    def test_wrong_usage_has_its_own_exit_status(self):
        status, output = self.serve("--no-such-option")
        self.assertEqual(status, 2, output)

    def test_the_server_allows_itself_the_files_that_it_may_have(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (300, hard))
        try:
            server = self.start_server(self.start_carrier())
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        now, most = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
        self.assertEqual((now, most), (min(hard, 65536) if hard > 0 else 65536, hard))

    def test_a_server_without_an_admin_key_says_so_and_what_to_do(self):
        carrier = self.start_carrier()
        server = self.start_server(carrier, RINGMASTER_ADMIN_KEY=None)
        self.assertRegex(server.output(), "There is no admin key.* RINGMASTER_ADMIN_KEY .*keys create server admin")
        server.terminate()
        server = self.start_server(carrier)
        self.assertNotIn("There is no admin key", server.output())
        server.api().post("/keys", {"name": "ops", "role": "admin"})
        server.terminate()
        self.assertNotIn("There is no admin key", self.start_server(carrier, RINGMASTER_ADMIN_KEY=None).output())

    def refusal_of_a_run(self, server) -> ApiError:
        server.wait_for_line("listening on")
        api = server.api()
        self.assertEqual(api.send("GET", "/readyz")[0], 503)
        business = self.new_business(api)
        leads = api.import_leads(business["id"], fictional_leads(3))
        with self.assertRaises(ApiError) as refused:
            self.new_run(api, business["id"], leads)
        self.assertEqual(self.sql.value("SELECT count(*) FROM outbound_call_runs"), "0")
        return refused.exception

    def test_a_run_without_a_public_host_is_refused_with_what_to_set(self):
        # A carrier beyond this machine, under a name that never exists: nothing can be called.
        error = self.refusal_of_a_run(self.start_server(
            None, ready=False, PUBLIC_HOST=None, TWILIO_API_BASE_URL="https://carrier.invalid",
            TWILIO_ACCOUNT_SID=ACCOUNT, TWILIO_AUTH_TOKEN=TOKEN))
        self.assertEqual(error.code, "public_host_missing")
        self.assertIn("PUBLIC_HOST", str(error))

    def test_a_run_without_carrier_credentials_is_refused_with_what_to_set(self):
        error = self.refusal_of_a_run(self.start_server(None, ready=False))
        self.assertEqual(error.code, "carrier_not_configured")
        self.assertIn("TWILIO_ACCOUNT_SID", str(error))


if __name__ == "__main__":
    main()
