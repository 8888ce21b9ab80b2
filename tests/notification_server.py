#!/usr/bin/python3
"""A notification server for tests: writes each notification to a file as a JSON line, and clicks on it.

Run under dbus-run-session with the system's python (Debian: python3-dbus, python3-gi):
    dbus-run-session -- sh -c '/usr/bin/python3 tests/notification_server.py /tmp/shown & \
        EXPORT_DESK_NOTIFICATION_SERVER=/tmp/shown cargo test --lib gui::desktop'
"""
import json
import sys

import dbus
import dbus.service
from dbus.mainloop.glib import DBusGMainLoop
from gi.repository import GLib

NAME = "org.freedesktop.Notifications"
CLICKS = 40
LONGEST_S = 900


class Server(dbus.service.Object):
    def __init__(self, bus, path):
        super().__init__(bus, "/org/freedesktop/Notifications")
        self.path, self.last = path, 0

    @dbus.service.method(NAME, in_signature="susssasa{sv}i", out_signature="u")
    def Notify(self, app, replaces, icon, title, body, actions, hints, expires):
        self.last += 1
        shown = {"app": app, "icon": icon, "title": title, "body": body, "actions": list(actions)}
        shown["hints"] = {name: str(value) for name, value in hints.items()}
        with open(self.path, "a") as out:
            out.write(json.dumps(shown) + "\n")
        # The program may not be listening yet: a click is repeated until it surely is.
        self.clicks = CLICKS
        GLib.timeout_add(100, self.click, self.last)
        return self.last

    def click(self, number):
        self.ActionInvoked(number, "default")
        self.clicks -= 1
        if self.clicks == 0:
            self.NotificationClosed(number, 2)
        return self.clicks > 0

    @dbus.service.method(NAME, out_signature="as")
    def GetCapabilities(self):
        return ["actions", "body"]

    @dbus.service.method(NAME, out_signature="ssss")
    def GetServerInformation(self):
        return ("test", "export-desk", "1", "1.2")

    @dbus.service.method(NAME, in_signature="u")
    def CloseNotification(self, number):
        self.NotificationClosed(number, 3)

    @dbus.service.signal(NAME, signature="us")
    def ActionInvoked(self, number, action):
        pass

    @dbus.service.signal(NAME, signature="uu")
    def NotificationClosed(self, number, reason):
        pass


DBusGMainLoop(set_as_default=True)
bus = dbus.SessionBus()
name = dbus.service.BusName(NAME, bus)
server = Server(bus, sys.argv[1])
open(sys.argv[1], "a").close()
loop = GLib.MainLoop()
# The tests end long before; a server that nobody stops does not stay.
GLib.timeout_add_seconds(LONGEST_S, loop.quit)
loop.run()
