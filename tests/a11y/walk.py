#!/usr/bin/python3
"""What a screen reader is told: the real window, walked through AT-SPI.

    dbus-run-session -- tests/a11y/walk.py target/debug/export-desk

Opens the window under an Xvfb of its own, goes through the pages by the actions that a screen reader has, and fails
on a control without a name or a role, on a state that is missing, and on two controls that cannot be told apart.
Needs Debian's xvfb, at-spi2-core, gir1.2-atspi-2.0 and python3-gi, and the system's python.
"""

import faulthandler
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, Gio, GLib  # noqa: E402

# Looked for again after this long, until PATIENCE runs out.
BETWEEN_S = 0.1
PATIENCE_S = 180
# The whole walk; a call to the accessibility bus that hangs ends it.
LONGEST_S = 780
# What a person works with.
CONTROLS = {
    Atspi.Role.PUSH_BUTTON, Atspi.Role.TOGGLE_BUTTON, Atspi.Role.CHECK_BOX, Atspi.Role.RADIO_BUTTON,
    Atspi.Role.ENTRY, Atspi.Role.PASSWORD_TEXT, Atspi.Role.COMBO_BOX, Atspi.Role.LINK, Atspi.Role.SLIDER,
    Atspi.Role.SPIN_BUTTON, Atspi.Role.PAGE_TAB, Atspi.Role.MENU_ITEM, Atspi.Role.LIST_ITEM,
    Atspi.Role.TREE_ITEM,
}
# What a screen reader jumps between, by name.
NAMED = {Atspi.Role.FRAME, Atspi.Role.DIALOG, Atspi.Role.HEADING, Atspi.Role.IMAGE, Atspi.Role.PROGRESS_BAR, Atspi.Role.TREE}
PRESSED = {Atspi.Role.PUSH_BUTTON, Atspi.Role.TOGGLE_BUTTON, Atspi.Role.CHECK_BOX, Atspi.Role.RADIO_BUTTON, Atspi.Role.LINK}
TYPED = {Atspi.Role.ENTRY, Atspi.Role.PASSWORD_TEXT, Atspi.Role.SPIN_BUTTON}

# Commands that do the same wherever they stand (`gui/command.rs`).
SAME_EVERYWHERE = {"New case", "Connect to GitLab", "Open an archive", "Practise on the built-in GitLab"}


class Node:
    """One thing of the tree, read once."""

    def __init__(self, it, depth):
        self.it, self.depth = it, depth
        self.role = it.get_role()
        self.role_name = it.get_role_name()
        self.name = it.get_name() or ""
        self.states = it.get_state_set()

    def has(self, state):
        return self.states.contains(state)

    def __repr__(self):
        return f"{self.role_name} “{self.name}”"


class Window:
    """The program on a display of its own, as assistive technology sees it."""

    def __init__(self, program, home):
        self.display = subprocess.Popen(
            ["Xvfb", "-displayfd", "1", "-screen", "0", "1400x2200x24", "-nolisten", "tcp"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        number = self.display.stdout.readline().decode().strip()
        variables = {"PATH", "DBUS_SESSION_BUS_ADDRESS", "LD_LIBRARY_PATH"}
        clean = {name: value for name, value in os.environ.items() if name in variables}
        clean |= {"HOME": home, "DISPLAY": f":{number}", "XDG_RUNTIME_DIR": home}
        self.program = subprocess.Popen(
            [program, "--data-dir", os.path.join(home, "data")],
            env=clean, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.root = self.until("the program on the accessibility bus", self.find_program)

    def close(self):
        for process in (self.program, self.display):
            process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE_S)

    def find_program(self):
        desktop = Atspi.get_desktop(0)
        for index in range(desktop.get_child_count()):
            child = desktop.get_child_at_index(index)
            if child is not None and child.get_process_id() == self.program.pid and child.get_child_count() > 0:
                return child
        return None

    def until(self, what, look):
        ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < ends:
            if self.program.poll() is not None:
                sys.exit(f"the window closed: {self.program.stderr.read().decode()}")
            try:
                found = look()
            except GLib.Error:
                found = None  # It changed while it was being read.
            if found:
                return found
            time.sleep(BETWEEN_S)
        shown = "\n".join(f"{'  ' * node.depth}{node!r}" for node in self.all()) if hasattr(self, "root") else ""
        sys.exit(f"{what} did not come; there is\n{shown}")

    def all(self):
        """Every node that is there, in reading order."""
        self.root.clear_cache()
        found, left = [], [(self.root, 0)]
        while left:
            it, depth = left.pop()
            try:
                found.append(Node(it, depth))
                children = [it.get_child_at_index(index) for index in range(it.get_child_count())]
            except GLib.Error:
                continue
            left.extend((child, depth + 1) for child in reversed(children) if child is not None)
        return found

    def read(self, page):
        """The page's nodes and faults; read again where a node is gone before it was asked."""
        for _ in range(5):
            nodes = self.all()
            try:
                return nodes, faults_of(page, nodes)
            except GLib.GError as gone:
                last = gone
        sys.exit(f"{page} does not come to rest: {last}")

    def find(self, name, roles=CONTROLS):
        return next((node for node in self.all() if node.name == name and node.role in roles), None)

    def wait(self, name, roles=CONTROLS):
        return self.until(f"“{name}”", lambda: self.find(name, roles))

    def gone(self, name):
        self.until(f"no “{name}”", lambda: self.find(name) is None)

    def wait_text(self, part):
        return self.until(f"a text with “{part}”", lambda: any(part in node.name for node in self.all()))

    def press(self, name):
        """As a screen reader presses: the action of the control, no pointer and no key."""
        def enabled():
            named = (node for node in self.all() if node.name == name and node.role in CONTROLS)
            return next((node for node in named if node.has(Atspi.StateType.ENABLED)), None)
        node = self.until(f"“{name}”, enabled", enabled)
        if not node.it.do_action(0):
            sys.exit(f"{node!r} cannot be pressed")


def faults_of(page, nodes):
    """What a person who does not see the page would stumble over."""
    faults, twins = [], Counter()
    controls = [node for node in nodes if node.role in CONTROLS]
    if len(controls) < 3:
        faults.append(f"{page}: hardly a control in {nodes}")
    for node in nodes:
        if node.role in NAMED and not node.name.strip():
            faults.append(f"{page}: a {node.role_name} without a name")
        if node.role in (Atspi.Role.INVALID, Atspi.Role.UNKNOWN):
            interactive = node.has(Atspi.StateType.FOCUSABLE) or node.it.get_n_actions() > 0
            if interactive:
                faults.append(f"{page}: {node!r} can be used and has no role")
    for node in controls:
        if not node.name.strip():
            faults.append(f"{page}: a {node.role_name} without a name")
        enabled = node.has(Atspi.StateType.ENABLED)
        if enabled and not node.has(Atspi.StateType.FOCUSABLE):
            faults.append(f"{page}: {node!r} is enabled and cannot have the keyboard")
        if enabled and node.role in PRESSED and node.it.get_n_actions() == 0:
            faults.append(f"{page}: {node!r} is enabled and cannot be pressed")
        if node.role in TYPED and enabled and not node.has(Atspi.StateType.EDITABLE) and node.role != Atspi.Role.SPIN_BUTTON:
            faults.append(f"{page}: {node!r} is a field and does not say that it can be edited")
        if node.role == Atspi.Role.RADIO_BUTTON and not node.has(Atspi.StateType.CHECKABLE):
            faults.append(f"{page}: {node!r} does not say whether it is chosen")
        twins[(node.role_name, node.name)] += 1
    for (role, name), number in twins.items():
        if number > 1 and name not in SAME_EVERYWHERE:
            faults.append(f"{page}: {number} controls are all called {role} “{name}”")
    return faults


def end_in_time():
    """Ends the walk with a message where a call hangs: by an exception, or where even that does not get through."""
    def late(_signal, _frame):
        raise SystemExit(f"not done after {LONGEST_S} s")
    signal.signal(signal.SIGALRM, late)
    signal.alarm(LONGEST_S)
    faulthandler.dump_traceback_later(LONGEST_S + 30, exit=True)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    end_in_time()
    program = os.path.abspath(sys.argv[1])
    # Assistive technology says that it is there; the program only builds its tree then.
    bus = Gio.bus_get_sync(Gio.BusType.SESSION, None)
    for name in ("IsEnabled", "ScreenReaderEnabled"):
        bus.call_sync("org.a11y.Bus", "/org/a11y/bus", "org.freedesktop.DBus.Properties", "Set",
                      GLib.Variant("(ssv)", ("org.a11y.Status", name, GLib.Variant("b", True))),
                      None, Gio.DBusCallFlags.NONE, 10_000, None)
    Atspi.init()
    home = tempfile.mkdtemp(prefix="export-desk-a11y-")
    window = Window(program, home)
    faults, walked = [], 0

    def page(name):
        nonlocal walked
        nodes, found = window.read(name)
        faults.extend(found)
        controls = [node for node in nodes if node.role in CONTROLS]
        walked += len(controls)
        print(f"{name}: {len(nodes)} things, {len(controls)} controls")
        if os.environ.get("SHOW"):
            for node in nodes:
                print("   " + "  " * node.depth + repr(node))

    try:
        pages(window, page)
    finally:
        window.close()
        shutil.rmtree(home, ignore_errors=True)
    if faults:
        sys.exit("\n".join(faults))
    print(f"{walked} controls walked; each has a name, a role and its states")


def pages(window, page):
    """Every main page, reached through the actions of its controls alone."""
    window.wait("Practise on the built-in GitLab")
    page("first run")
    window.press("Connect to GitLab")
    window.wait("Personal access token")
    page("the connect dialog")
    window.press("Cancel")
    window.gone("Personal access token")
    window.press("Practise on the built-in GitLab")
    window.wait("Start: A first export")
    page("practice, lessons")
    window.press("Start: A first export")
    window.wait("Start export")
    page("a case at its beginning")
    window.press("Start export")
    window.wait("Download")
    page("a case whose export is ready")
    window.press("Download")
    window.wait_text("This archive is complete")
    page("a case with a verified archive")
    for route in ("Downloads", "Relations", "Archives", "Imports", "Offer log", "Practice", "Settings", "Cases"):
        window.press(route)
        window.until(route, lambda: window.find(route).has(Atspi.StateType.PRESSED))
        page(route.lower())
    window.press("New case")
    window.wait("Ticket and project")
    page("the dialog for a new case")
    window.press("Cancel")
    window.gone("Ticket and project")
    window.press("Search or run a command")
    window.wait("Keyboard shortcuts")
    page("the palette")
    window.press("Keyboard shortcuts")
    window.wait("Close")
    page("the sheet of shortcuts")
    window.press("Close")
    window.gone("Close")


if __name__ == "__main__":
    main()
