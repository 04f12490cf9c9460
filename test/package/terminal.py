"""A person at a terminal: starts a shell in one, types when its prompt is there, and prints what the terminal showed."""

import os
import pty
import select
import signal
import sys
import time

prompt, keys, answer, *shell = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(shell[0], shell)

shown = b""
typed = False
deadline = time.monotonic() + 120
while time.monotonic() < deadline:
    if not select.select([terminal], [], [], 1)[0]:
        continue
    try:
        shown += os.read(terminal, 65536)
    except OSError:
        break
    if not typed and prompt.encode() in shown:
        os.write(terminal, keys.encode())
        typed = True
    if typed and answer.encode() in shown:
        break
os.kill(child, signal.SIGKILL)
sys.stdout.buffer.write(shown)
