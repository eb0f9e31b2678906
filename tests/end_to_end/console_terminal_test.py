"""The actor-shell at a real terminal: prompt, completion, history, colours, width, watch, Ctrl-C, asked twice."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

from console_test import ConsoleBase
from harness import main
from server import PROGRAM, clean_environment

PROMPT = "ringmaster> "
COLUMNS = 90


class Terminal:
    """A shell on a pseudo terminal of its own; what it shows is kept."""

    def __init__(self, cwd):
        mine, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
        environment = clean_environment(TERM="xterm", HOME=cwd)
        environment.pop("NO_COLOR", None)
        self.process = subprocess.Popen([str(PROGRAM), "shell"], cwd=cwd, env=environment, stdin=its, stdout=its,
                                        stderr=its, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(its)
        self.file, self.shown = mine, ""

    def wait_for(self, pattern: str, timeout: float = 30) -> str:
        """What was shown up to there; it is taken off."""
        end = time.monotonic() + timeout
        while not (found := re.search(pattern, self.shown)):
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.file], [], [], left)[0]:
                raise AssertionError(f"{pattern!r} was not shown, but:\n{self.shown}")
            self.shown += os.read(self.file, 65536).decode("utf-8", "replace")
        before, self.shown = self.shown[:found.end()], self.shown[found.end():]
        return before

    def type(self, text: str):
        os.write(self.file, text.encode())

    def ask(self, line: str) -> str:
        self.type(line + "\r")
        return self.wait_for(r"\n(\x1b\[[0-9;]*m)*" + PROMPT)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        os.close(self.file)


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


class ConsoleTerminalTest(ConsoleBase):
    def setUp(self):
        super().setUp()
        self.api.patch(f"/businesses/{self.business}", {"name": "A very long name " * 8})
        self.terminal = Terminal(self.folder)
        self.addCleanup(self.terminal.close)
        self.terminal.wait_for(PROMPT)

    def test_a_session(self):
        term = self.terminal
        self.start_run(6)
        self.assertIn("doubt never-placed BUSINESS JOB", term.ask("help doubt"))
        shown = term.ask("business busy")
        self.assertIn("\x1b[1m", shown, "no colours")
        lines = [line.rstrip("\r") for line in plain(shown).split("\n")]
        self.assertTrue(any("…" in line for line in lines), lines)
        self.assertLessEqual(max(map(len, lines)), COLUMNS)
        # Commands complete, and so do the ids that were seen.
        term.type(f"busi\tsl\t{str(self.business)[0]}\t")
        shown = term.ask("")
        self.assertEqual(shown.count("calling"), 3, shown)
        # The line before, by the arrow key.
        term.type("\x1b[A")
        self.assertEqual(term.ask("").count("calling"), 3)
        self.assertIn("do you mean 'doubts'", term.ask("dubts"))
        # Watched: shown anew each second, until Ctrl-C.
        term.type(f"watch business slots {self.business}\r")
        for _ in range(2):
            term.wait_for(r"\x1b\[2J")
            term.wait_for("SLOT")
        term.type("\x03")
        term.wait_for(PROMPT)
        term.type(f"tail {self.business}\r")
        self.api.patch(f"/businesses/{self.business}", {"max_outbound_calls": 4})
        term.wait_for(r"\nslot |\njob |\npulse ")
        term.type("\x03")
        term.wait_for(PROMPT)
        # Asked twice, and nothing is done for a wrong word.
        term.type("drain\r")
        term.wait_for("yes/no")
        term.type("yes\r")
        term.wait_for("type drain once more")
        self.assertIn("Nothing was done", term.ask("drian"))
        term.type("drain\r")
        term.wait_for("yes/no")
        term.type("yes\r")
        term.wait_for("once more")
        self.assertIn("draining", term.ask("drain"))
        self.assertEqual(self.server.wait(60), 0)
        self.assertIn("no server listens", term.ask("server") + term.ask("server"))
        term.type("\x04")
        self.assertEqual(term.process.wait(30), 0)
        history = (self.folder / ".ringmaster_history")
        self.assertEqual(history.stat().st_mode & 0o777, 0o600)

    def test_what_is_typed_as_soon_as_the_prompt_shows_is_the_shells(self):
        term = self.terminal
        for _ in range(300):
            # Before, Ctrl-D would be the terminal's own key, and eaten.
            self.assertFalse(termios.tcgetattr(term.file)[3] & termios.ICANON)
            term.ask("")
        term.type("\x03")
        term.wait_for(PROMPT)
        term.type("\x04")
        self.assertEqual(term.process.wait(30), 0)


if __name__ == "__main__":
    main()
