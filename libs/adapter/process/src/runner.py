"""python3 runner.py FILE

Runs a user's function. Descriptor 3 carries lines of JSON: an event with its context in, one at a time, and what
came of it out. Descriptor 4 carries nothing: it ends with the gateway, and then so does all of this process group.
Python 3.7 or later, standard library only.
"""

import importlib.machinery
import importlib.util
import json
import os
import signal
import sys
import threading
import traceback

MAX_ANSWER_BYTES = 8 * 1024 * 1024
MAX_TRACE = 16384


def end_all():
    os.killpg(0, signal.SIGKILL)


def end_with_gateway():
    """A thread sees the end of descriptor 4 whatever the function is busy with."""

    def watch():
        os.read(4, 1)
        end_all()

    threading.Thread(target=watch, name="gateway", daemon=True).start()


def print_by_line():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)


def flush_prints():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # the function may have put anything in their place
            pass


def load(file):
    name = os.path.splitext(os.path.basename(file))[0]
    # The first is this file's folder, which is none of the function's business.
    sys.path[0:1] = dict.fromkeys([os.path.dirname(file), os.getcwd()])
    sys.argv = [file]
    loader = importlib.machinery.SourceFileLoader(name, file)
    module = importlib.util.module_from_spec(importlib.util.spec_from_file_location(name, file, loader=loader))
    # For what looks its own module up, as pickle does; never in the place of a module that others rely on.
    sys.modules.setdefault(name, module)
    loader.exec_module(module)
    return module.main_handler


def failure(error):
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__.tb_next))
    return {"failed": ("%s: %s" % (type(error).__name__, error))[:1024], "trace": text[-MAX_TRACE:]}


def line_of(reply):
    return json.dumps(reply, allow_nan=False).encode("ascii") + b"\n"


def answer_to(handler, request):
    try:
        line = line_of({"value": handler(request["event"], request["context"])})
        if len(line) > MAX_ANSWER_BYTES:
            raise ValueError("returned more than %d bytes of JSON" % MAX_ANSWER_BYTES)
        return line
    except Exception as error:
        return line_of(failure(error))


def main():
    os.set_inheritable(3, False)
    os.set_inheritable(4, False)
    end_with_gateway()
    print_by_line()
    requests, answers = open(3, "rb", closefd=False), open(3, "wb", closefd=False)

    def send(line):
        flush_prints()
        answers.write(line)
        answers.flush()

    try:
        handler = load(sys.argv[1])
    except Exception as error:
        send(line_of(failure(error)))
        sys.exit(1)
    send(line_of({"ready": True}))
    for line in requests:
        send(answer_to(handler, json.loads(line)))
    end_all()


if __name__ == "__main__":  # not where multiprocessing imports it again
    main()
