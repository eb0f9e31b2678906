"""Alerts in the faults that they are for: the real server's /metrics is recorded through a leaked slot, a
stuck carrier and a database outage, and Prometheus' own promtool judges config/monitoring/alerts.yml on
what was recorded. Before the fault nothing may fire, and its alert not even be pending; after it all is quiet again.

Scrapes follow events, not a clock: for the rules, one comes every 15 s."""

import json
import re
import subprocess

from stage import ROOT, SHORT, fictional_leads, wait_for  # first: it says where the others are
from database_proxy import DatabaseProxy
from harness import QUICK_LIFE, World, main

MONITORING = ROOT / "config" / "monitoring"
PROMTOOL = ROOT / "var" / "packages" / "prometheus" / "usr" / "bin" / "promtool"
SCRAPE_S = 15
BUSINESSES = 6
NO_ANSWER = [f'ringmaster_carrier_refused_total{{code="{code}"}}' for code in ("none", "500", "503")]


def series_of(text: str) -> dict:
    found = re.findall(r"^(\w+)(\{.*\})? ([^ ]+)$", text, re.M)
    return {name + labels: float(value) for name, labels, value in found}


class Recording:
    """What was scraped, one scrape after the other."""

    def __init__(self):
        self.scrapes = []

    def __len__(self):
        return len(self.scrapes)

    def input_series(self) -> list:
        names = sorted({name for scrape in self.scrapes for name in scrape})
        return [{"series": self.labelled(name),
                 "values": " ".join(repr(scrape[name]) if name in scrape else "_" for scrape in self.scrapes)}
                for name in names]

    @staticmethod
    def labelled(series: str) -> str:
        """Of the first server; one of the second begins with its name and a blank."""
        *instance, series = series.split(" ", 1) if series.startswith("b ") else [series]
        name, _, labels = series.partition("{")
        return f'{name}{{job="ringmaster",instance="{"b" if instance else "a"}"' + ("," + labels if labels else "}")

    def time_of(self, scrapes: int) -> str:
        """Of the last of so many."""
        return f"{(scrapes - 1) * SCRAPE_S}s"


class RecordedTest(World):
    changes = {**SHORT, "reconciler": {**SHORT["reconciler"], "gone_after_s": 10}}

    def setUp(self):
        super().setUp()
        self.carrier = self.start_carrier({**QUICK_LIFE, "talk_ms": "100-300"})
        self.proxy = DatabaseProxy(self.database_url)
        self.addCleanup(self.proxy.close)
        self.server = self.start_server(self.carrier, changes=self.changes, database_url=self.proxy.url)
        self.api = self.server.api()
        for number in range(BUSINESSES):
            business = self.new_business(self.api, number, ring_timeout_s=5)["id"]
            self.new_run(self.api, business, self.api.import_leads(business, fictional_leads(900)))
        self.recorded, self.questions, self.second = Recording(), [], None

    # -- recording -------------------------------------------------------------------------------------

    def scrape(self) -> dict:
        status, _, text = self.api.send("GET", "/metrics")
        self.assertEqual(status, 200)
        told = {**series_of(text), "up": 1.0}
        if self.second:
            status, _, text = self.second.api().send("GET", "/metrics")
            self.assertEqual(status, 200)
            told.update({f"b {name}": value for name, value in {**series_of(text), "up": 1.0}.items()})
        self.recorded.scrapes.append(told)
        return self.recorded.scrapes[-1]

    def scrape_while(self, scrapes: int, grows, what: str):
        """So many, each after `grows` (of a scrape) has grown."""
        for _ in range(scrapes):
            before = grows(self.recorded.scrapes[-1]) if len(self.recorded) else -1

            def grown():
                return grows(series_of(self.api.send("GET", "/metrics")[2])) > before
            wait_for(what, grown, 60)
            self.scrape()

    def scrape_healthy(self, scrapes: int):
        self.scrape_while(scrapes, lambda now: now["ringmaster_calls_ended_total"], "calls to end")

    # -- judging ---------------------------------------------------------------------------------------

    def expect(self, alerts: set, expression: str):
        """At the last scrape; asked when all is recorded."""
        self.questions.append({"expr": f"count by (alertname) ({expression})",
                               "eval_time": self.recorded.time_of(len(self.recorded)),
                               "exp_samples": [{"labels": f'{{alertname="{name}"}}', "value": 1}
                                               for name in sorted(alerts)]})

    def expect_quiet(self, scrapes: int, alert: str):
        """At none of the last scrapes any fired, and this one was not even about to."""
        self.expect(set(), " or ".join(f"max_over_time(ALERTS{{{one}}}[{scrapes * SCRAPE_S}s])" for one in
                                       ('alertstate="firing"', f'alertname="{alert}"')))

    def expect_firing(self, *alerts: str):
        self.expect(set(alerts), 'ALERTS{alertstate="firing"}')

    def judge(self):
        file = self.folder / "alerts_test.json"  # JSON is YAML
        file.write_text(json.dumps({
            "rule_files": [str(MONITORING / "alerts.yml")], "evaluation_interval": f"{SCRAPE_S}s",
            "tests": [{"interval": f"{SCRAPE_S}s", "input_series": self.recorded.input_series(),
                       "promql_expr_test": self.questions}]}))
        done = subprocess.run([PROMTOOL, "test", "rules", file], text=True, capture_output=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class FaultsTest(RecordedTest):
    def test_a_leaked_slot(self):
        """Slots are held by calls of which the carrier knows nothing any more."""
        self.scrape_healthy(20)
        self.expect_quiet(20, "RingmasterCallsMissing")
        self.carrier.kill()
        self.carrier = self.start_carrier(QUICK_LIFE, ["--seed", 2], port=self.carrier.port)

        def missing():
            now = series_of(self.api.send("GET", "/metrics")[2])
            return now["ringmaster_calls_missing_total"] - now["ringmaster_calls_missing_settled_total"] > 0
        wait_for("a call that is missed", missing, 60)
        for _ in range(6):
            self.scrape()
        self.expect_firing("RingmasterCallsMissing")
        wait_for("all of them to be settled", lambda: not missing(), 60)
        self.scrape_healthy(24)
        self.expect_firing()
        self.judge()

    def test_a_stuck_carrier(self):
        """It takes requests and does not answer most of them."""
        self.scrape_healthy(24)
        self.expect_quiet(24, "RingmasterCarrierStuck")
        self.carrier.carrier.set_faults(create_error="hold", hold_ms=1500, create_error_before=0.7)
        self.scrape_while(40, lambda now: sum(now[name] for name in NO_ANSWER), "requests without an answer")
        self.expect_firing("RingmasterCarrierStuck")
        self.carrier.carrier.set_faults(clear=True)
        # Doubts take their time, in seconds; scrapes come as fast as calls end.
        in_doubt = 'ringmaster_calls_live{state="in_doubt"}'
        wait_for("all doubts to be settled", lambda: series_of(self.api.send("GET", "/metrics")[2])[in_doubt] == 0, 90)
        self.scrape_healthy(40)
        self.expect_firing()
        self.judge()

    def test_a_carrier_that_is_gone(self):
        """Calls were under way, and it answers no question about them: their slots stay held."""
        self.scrape_healthy(24)
        self.expect_quiet(24, "RingmasterCarrierSilent")
        self.carrier.kill()
        # It is asked again and again, ever more rarely: twice within the time of the rule.
        for _ in range(2):
            self.scrape_while(1, lambda now: now["ringmaster_looks_failed_total"], "questions without an answer")
            for _ in range(13):
                self.scrape()
        self.assertGreater(self.recorded.scrapes[-1]["ringmaster_slots_held"], 0)
        self.expect_firing("RingmasterCarrierSilent")
        self.judge()

    def test_a_database_outage(self):
        self.outage(self.proxy.cut, self.proxy.mend)

    def test_a_database_that_stands_still(self):
        self.outage(self.proxy.stand_still, self.proxy.move_on)

    def test_a_second_server_that_waits(self):
        """It is as it should be."""
        self.second = self.start_second(self.carrier)
        self.scrape_healthy(24)
        self.assertEqual(self.recorded.scrapes[-1]["b ringmaster_waiting"], 1)
        self.expect_quiet(24, "RingmasterNobodyServes")
        self.expect_quiet(24, "RingmasterDatabaseAway")
        self.judge()

    def test_all_servers_wait(self):
        """All that are watched: another one, of which nobody knows, works on their database."""
        second = self.start_second(self.carrier)
        self.api = second.api()
        for _ in range(8):
            self.scrape()
        self.expect_firing("RingmasterNobodyServes")
        self.server.kill()
        second.wait_for_line("listening on")
        self.scrape_healthy(8)
        self.expect_firing()
        self.judge()

    def outage(self, begin, end):
        self.scrape_healthy(20)
        self.expect_quiet(20, "RingmasterDatabaseAway")
        begin()

        def ready():
            _, _, text = self.api.send("GET", "/metrics")
            return 'ringmaster_ready{check="ownership"} 1' in text
        wait_for("the server to notice", lambda: not ready(), 60)
        for _ in range(8):
            self.scrape()
        self.expect_firing("RingmasterDatabaseAway")
        end()
        wait_for("the server to be the owner again", ready, 60)
        self.scrape_healthy(8)
        self.expect_firing()
        self.judge()


class RulesTest(RecordedTest):
    """What the rules and the dashboard speak of is what a server tells, and can be computed."""

    def test_names_and_expressions(self):
        self.scrape_healthy(1)
        told = {name.partition("{")[0] for name in self.recorded.scrapes[0]}
        dashboard = (MONITORING / "grafana.json").read_text()
        rules = (MONITORING / "alerts.yml").read_text()
        self.assertEqual(set(re.findall(r"\bringmaster_[a-z0-9_]+", dashboard + rules)) - told, set())
        panels = [target["expr"] for panel in json.loads(dashboard)["panels"] for target in panel["targets"]]
        self.assertGreater(len(panels), 10)
        file = self.folder / "dashboard.json"
        file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": [
            {"record": f"panel:{number}", "expr": expression.replace("$__rate_interval", "5m")}
            for number, expression in enumerate(panels)]}]}))
        done = subprocess.run([PROMTOOL, "check", "rules", MONITORING / "alerts.yml", file], text=True,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    main()
