"""A real terminal with somebody at it: one tmux server, one window, one program, and all that it has shown."""

import subprocess

from harness import wait_for


class Tmux:
    """`prompt` stands at a line's start when the program waits for the next command."""

    def __init__(self, folder, command: list, prompt: str, environment: dict, columns=120, lines=40):
        self._socket, self._prompt = str(folder / "tmux.sock"), prompt
        self._environment = {**environment, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
        settings = folder / "tmux.conf"
        settings.write_text("set -g history-limit 100000\nset -g status off\n")
        self._run("-f", str(settings), "new-session", "-d", "-x", str(columns), "-y", str(lines), "-c", str(folder),
                  *command)
        self.wait_for_prompts(1)

    def _run(self, *arguments) -> str:
        done = subprocess.run(["tmux", "-S", self._socket, *arguments], env=self._environment, text=True,
                              capture_output=True, timeout=30)
        if done.returncode != 0:
            raise RuntimeError(f"tmux {arguments}: {done.stderr}")
        return done.stdout

    def transcript(self) -> str:
        """All that was shown since the start, and stands there."""
        return self._run("capture-pane", "-p", "-J", "-S", "-", "-t", ":0").rstrip()

    def screen(self) -> str:
        return self._run("capture-pane", "-p", "-t", ":0").rstrip()

    def _prompts(self, shown: str) -> list:
        return [number for number, line in enumerate(shown.split("\n")) if line.startswith(self._prompt.strip())]

    def wait_until(self, what: str, true_of, timeout: float = 30) -> str:
        def shown():
            now = self.transcript()
            return now if true_of(now) else None
        try:
            return wait_for(what, shown, timeout, 0.01)
        except TimeoutError as late:
            raise AssertionError(f"{late}; the terminal shows:\n{self.screen()}") from None

    def wait_for_prompts(self, count: int) -> str:
        """Until the program waits for its command number `count`."""
        def waits(now):
            return len(self._prompts(now)) >= count and now.split("\n")[-1].strip() == self._prompt.strip()
        return self.wait_until(f"prompt number {count}", waits)

    def type(self, text: str):
        self._run("send-keys", "-t", ":0", "-l", "--", text)

    def press(self, *keys: str):
        self._run("send-keys", "-t", ":0", *keys)

    def ask(self, line: str) -> str:
        """What is shown between the command and the next prompt."""
        before = self.transcript()
        asked = len(self._prompts(before))
        self.type(line)
        self.press("Enter")
        shown = self.wait_for_prompts(asked + 1)
        return "\n".join(shown.split("\n")[self._prompts(shown)[asked - 1] + 1:-1])

    def alive(self) -> bool:
        return subprocess.run(["tmux", "-S", self._socket, "has-session"], env=self._environment,
                              capture_output=True, timeout=30).returncode == 0

    def close(self):
        if self.alive():
            self._run("kill-server")
