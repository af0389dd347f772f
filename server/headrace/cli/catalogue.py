"""Every text of the command line, in English and German.

Keys are what is said, in a few words. ``help PATH`` belongs to a command, ``option PATH NAME`` to
an option, ``error CODE`` to an error, ``broken REASON`` to a line of an import.
"""

from __future__ import annotations

_HELP = {
    "help": (
        "Headrace, a real-time activity stream for teams.",
        "Headrace, ein Activity-Stream in Echtzeit für Teams.",
    ),
    "help up": (
        "Start everything on this machine, with a demo company on a fresh data directory.",
        "Alles auf diesem Rechner starten, in einem neuen Datenverzeichnis mit einer Demofirma.",
    ),
    "help serve": (
        "Serve from the PostgreSQL and Redis that the two URLs name.",
        "Mit den PostgreSQL- und Redis-Servern arbeiten, die die beiden URLs nennen.",
    ),
    "help migrate": (
        "Bring the database to this version.",
        "Die Datenbank auf den Stand dieser Version bringen.",
    ),
    "help restored": (
        "Say that the database was put back from a backup: whoever was connected starts again"
        " instead of taking what is new for known. Nodes that run end by themselves.",
        "Sagen, dass die Datenbank aus einer Sicherung stammt: Wer verbunden war, fängt von vorn"
        " an, statt Neues für Bekanntes zu halten. Laufende Knoten beenden sich.",
    ),
    "help person": (
        "Add people and close their accounts.",
        "Personen anlegen und Konten schließen.",
    ),
    "help person add": (
        "Add a person; prints id and address.",
        "Eine Person anlegen; gibt Kennung und Adresse aus.",
    ),
    "help person deactivate": (
        "Close an account: its sessions, tokens and connections end at once, everywhere.",
        "Ein Konto schließen: seine Sitzungen, Token und Verbindungen enden sofort und überall.",
    ),
    "help person reset": (
        "Print a link with which somebody chooses a new password, once and soon.",
        "Einen Link ausgeben, mit dem jemand einmal und bald ein neues Passwort wählt.",
    ),
    "help person reactivate": (
        "Open a closed account again; memberships, password and tokens are given anew.",
        "Ein geschlossenes Konto öffnen; Mitgliedschaften, Passwort und Token gibt es neu.",
    ),
    "help person list": (
        "Everybody by address, one a line: address, name, kind, what they are.",
        "Alle nach Adresse, je eine Zeile: Adresse, Name, Art, was sie sind.",
    ),
    "help person drop-factor": (
        "Ask for no second factor any more, where it and the codes are lost; their sessions end.",
        "Keinen zweiten Faktor mehr verlangen, wo er und die Codes fehlen; die Sitzungen enden.",
    ),
    "help token": ("Tokens for programs.", "Token für Programme."),
    "help token create": (
        "Create a token and print it, and nothing else.",
        "Ein Token anlegen und ausgeben, sonst nichts.",
    ),
    "help token list": (
        "Show a person's tokens, without their secrets.",
        "Die Token einer Person zeigen, ohne ihre Geheimnisse.",
    ),
    "help token revoke": (
        "Revoke the token with that id; its connections end at once, everywhere.",
        "Das Token mit dieser Kennung entziehen; seine Verbindungen enden sofort und überall.",
    ),
    "help import": ("Take in what is elsewhere.", "Übernehmen, was es anderswo schon gibt."),
    "help import chat": (
        "Import chat archives (.tsv, .tsv.gz, up to 64 MiB each) into a group. Run again, it adds"
        " what is missing.",
        "Chat-Archive (.tsv, .tsv.gz, je bis 64 MiB) in eine Gruppe importieren. Ein weiterer Lauf"
        " ergänzt, was fehlt.",
    ),
    "help import org": (
        "Compare an organisation's team files with the teams here.",
        "Die Teamdateien einer Organisation mit den Teams hier vergleichen.",
    ),
    "help classify": (
        "Apply the rules that raise levels to what is there already. Run again, it raises what is"
        " left.",
        "Die Regeln, die Stufen anheben, auf alles anwenden, was schon da ist. Ein weiterer Lauf"
        " hebt an, was noch fehlt.",
    ),
    "help audit": ("The audit log.", "Das Audit-Protokoll."),
    "help audit export": (
        "Print the audit log, with the hashes by which `audit verify FILE` checks it.",
        "Das Audit-Protokoll ausgeben, mit den Hashwerten, an denen `audit verify FILE` es prüft.",
    ),
    "help audit verify": (
        "Check the hash chain of the audit log, or of an exported FILE, from end to end.",
        "Die Hash-Kette des Audit-Protokolls oder einer exportierten Datei (FILE) ganz prüfen.",
    ),
    "help key": (
        "The key that seals what opens accounts in the database.",
        "Der Schlüssel, der in der Datenbank versiegelt, was Konten öffnet.",
    ),
    "help key new": (
        "Print a new key for HEADRACE_SECRET_KEY, and nothing else.",
        "Einen neuen Schlüssel für HEADRACE_SECRET_KEY ausgeben, sonst nichts.",
    ),
    "help key change": (
        "Seal everything with another key. HEADRACE_SECRET_KEY takes the place of"
        " HEADRACE_FORMER_SECRET_KEY; in the data directory of `headrace up`, which is stopped"
        " meanwhile, a key is made.",
        "Alles mit einem anderen Schlüssel versiegeln. HEADRACE_SECRET_KEY tritt an die Stelle von"
        " HEADRACE_FORMER_SECRET_KEY; im Datenverzeichnis von `headrace up`, das dafür beendet ist,"
        " wird einer erzeugt.",
    ),
    "help doctor": (
        "Show what is configured, what answers, what is wrong and how to mend it.",
        "Zeigen, was eingestellt ist, was antwortet, was fehlt und was hilft.",
    ),
}

_OPTIONS = {
    "option --search": (
        "Only those whose address, handle or name contains this.",
        "Nur die, in deren Adresse, Kürzel oder Name das vorkommt.",
    ),
    "option --help": ("Show this page.", "Diese Seite zeigen."),
    "option --version": ("Show the version.", "Die Version zeigen."),
    "option --data": (
        "Directory of the embedded engines (default: ~/.local/share/headrace).",
        "Verzeichnis der eingebetteten Datenbanken (sonst ~/.local/share/headrace).",
    ),
    "option --host": (
        "Address to listen on (default: 127.0.0.1).",
        "Adresse, auf der gelauscht wird (sonst 127.0.0.1).",
    ),
    "option --port": (
        "TCP port; 0 takes a free one (default: 8080).",
        "TCP-Port; 0 nimmt einen freien (sonst 8080).",
    ),
    "option --workers": (
        "Processes that serve (default: 1).",
        "Zahl der Prozesse (sonst 1).",
    ),
    "option up --demo": (
        "Create the demo company on a fresh data directory, or do not.",
        "In einem neuen Datenverzeichnis die Demofirma anlegen oder nicht.",
    ),
    "option person add --name": ("The person's name.", "Name der Person."),
    "option person add --kind": (
        "employee (the default), guest or service.",
        "employee (Vorgabe), guest (Gast) oder service (Dienst).",
    ),
    "option person add --admin": ("An administrator.", "Mit Administrationsrechten."),
    "option person add --password-stdin": (
        "Read a password from the first line of standard input.",
        "Ein Passwort aus der ersten Zeile der Standardeingabe lesen.",
    ),
    "option token create --person": ("Whose token it is.", "Wem das Token gehört."),
    "option token create --name": ("What it is for.", "Wofür es ist."),
    "option token create --scope": (
        "What it may be used for: read, publish, manage, account or admin; again for more"
        " (default: everything).",
        "Was es darf: read, publish, manage, account oder admin; mehrfach für mehr (sonst alles).",
    ),
    "option token create --group": (
        "A group that it reaches, and no other; again for more (default: all of the person's).",
        "Eine Gruppe, die es erreicht, und keine andere; mehrfach für mehr (sonst alle der"
        " Person).",
    ),
    "option token create --expires": (
        "Until when: 12h, 90d, or a day such as 2027-06-30 (default: for ever).",
        "Bis wann: 12h, 90d oder ein Tag wie 2027-06-30 (sonst unbefristet).",
    ),
    "option token list --person": ("Whose tokens.", "Wessen Token."),
    "option audit export --format": (
        "jsonl (the default) or csv.",
        "jsonl (Vorgabe) oder csv.",
    ),
    "option audit export --since": (
        "Entries from then on: a day or a moment (ISO 8601), UTC without an offset.",
        "Einträge von da an: ein Tag oder Zeitpunkt (ISO 8601), ohne Angabe in UTC.",
    ),
    "option audit export --until": (
        "Entries before then.",
        "Einträge davor.",
    ),
    "option classify --person": (
        "In whose name: an administrator, or an owner of the group. The history of each post shows"
        " it.",
        "In wessen Namen: jemand aus der Administration oder mit der Gruppe als Eigentum. Der"
        " Verlauf jedes Beitrags zeigt es.",
    ),
    "option classify --group": (
        "What is in this group alone; without it, in all groups.",
        "Nur, was in dieser Gruppe ist; sonst in allen Gruppen.",
    ),
    "option classify --dry-run": (
        "Change nothing, and say how many posts would rise.",
        "Nichts ändern und sagen, wie viele Beiträge höher eingestuft würden.",
    ),
    "option key change --lost": (
        "Nobody has the former key any more: what it sealed stays unreadable, and whoever it"
        " belongs to signs in with another second factor and sets their app up again.",
        "Den früheren Schlüssel hat niemand mehr: Was er versiegelt hat, bleibt unlesbar; die"
        " Betroffenen melden sich mit einem anderen zweiten Faktor an und richten ihre App neu"
        " ein.",
    ),
    "option import chat --group": (
        "The group; made if there is none.",
        "Die Gruppe; fehlt sie, wird sie angelegt.",
    ),
    "option import chat --speed": (
        "N times as fast as it was written, or max (the default): as fast as can be.",
        "N-mal so schnell, wie geschrieben wurde, oder max (Vorgabe): so schnell es geht.",
    ),
    "option import org --apply": (
        "Make the changes; without it they are only shown.",
        "Die Änderungen ausführen; sonst werden sie nur gezeigt.",
    ),
}

_CLICK = {
    "usage": ("Usage:", "Aufruf:"),
    "options": ("Options", "Optionen"),
    "required": ("[required]", "[nötig]"),
    "commands": ("Commands", "Befehle"),
    "try help": ("See '{command} --help'.", "Siehe „{command} --help“."),
    "error": ("Error: {message}", "Fehler: {message}"),
    "no such option": ("There is no option {name}.", "Die Option {name} gibt es nicht."),
    "no such command": ("There is no command {name}.", "Den Befehl {name} gibt es nicht."),
    "missing": ("{name} is missing.", "{name} fehlt."),
    "bad speed": (
        "{name} takes max or a number above 0, not “{value}”.",
        "{name} nimmt max oder eine Zahl über 0, nicht „{value}“.",
    ),
    "bad kind": (
        "{name} takes employee, guest or service, not “{value}”.",
        "{name} nimmt employee, guest oder service, nicht „{value}“.",
    ),
    "bad scope": (
        "{name} takes read, publish, manage, account or admin, not “{value}”.",
        "{name} nimmt read, publish, manage, account oder admin, nicht „{value}“.",
    ),
    "bad moment": (
        "{name} is a day or a moment such as 2026-11-21 or 2026-11-21T10:00+01:00, not “{value}”.",
        "{name} ist ein Tag oder Zeitpunkt wie 2026-11-21 oder 2026-11-21T10:00+01:00, nicht"
        " „{value}“.",
    ),
    "bad format": (
        "{name} takes jsonl or csv, not “{value}”.",
        "{name} nimmt jsonl oder csv, nicht „{value}“.",
    ),
    "bad until": (
        "{name} takes hours (12h), days (90d) or a day (2027-06-30), not “{value}”.",
        "{name} nimmt Stunden (12h), Tage (90d) oder einen Tag (2027-06-30), nicht „{value}“.",
    ),
    "bad uuid": (
        "“{value}” is not a token's id.",
        "„{value}“ ist keine Kennung eines Tokens.",
    ),
    "bad file": ("There is no file {value}.", "Die Datei {value} gibt es nicht."),
    "bad directory": ("There is no directory {value}.", "Das Verzeichnis {value} gibt es nicht."),
    "bad text": ("{name}: {value}", "{name}: {value}"),
    "no value": ("{name} needs a value.", "{name} braucht einen Wert."),
    "too many": ("That is more than the command takes.", "Das ist mehr, als der Befehl nimmt."),
    "interrupted": (
        "Interrupted. What was committed stays; run it again to go on.",
        "Abgebrochen. Was gespeichert ist, bleibt; ein weiterer Aufruf macht weiter.",
    ),
    "port in use": (
        "Port {port} of {host} is in use: stop the other program or take another one with --port.",
        "Port {port} von {host} ist belegt: das andere Programm beenden oder mit --port einen"
        " anderen wählen.",
    ),
    "system error": ("{message}", "Das System meldet: {message}"),
}

_ERRORS = {
    "error error": ("Something went wrong.", "Etwas ist schiefgegangen."),
    "error invalid": ("The request is not valid.", "Die Angabe ist nicht gültig."),
    "error malformed_request": ("That is no HTTP request.", "Das ist keine HTTP-Anfrage."),
    "error head_too_large": (
        "Address and headers are too long.",
        "Adresse und Kopfzeilen sind zu lang.",
    ),
    "error request_timeout": (
        "The request did not arrive in time.",
        "Die Anfrage kam nicht rechtzeitig an.",
    ),
    "error malformed_body": ("The body is not JSON.", "Der Inhalt ist kein JSON."),
    "error malformed_message": ("The message is not readable.", "Die Nachricht ist nicht lesbar."),
    "error wrong_frame_type": ("Wrong kind of frame.", "Die Nachricht hat die falsche Form."),
    "error unsupported_media_type": (
        "That content type is not taken.",
        "Dieser Inhaltstyp wird nicht angenommen.",
    ),
    "error upgrade_required": (
        "That address is for WebSockets.",
        "Diese Adresse ist für WebSockets.",
    ),
    "error internal": ("Something is wrong inside.", "Im Inneren ist etwas falsch."),
    "error filter_syntax": ("The filter cannot be read.", "Der Filter ist nicht lesbar."),
    "error position_unknown": ("That position does not exist.", "Diese Position gibt es nicht."),
    "error above_clearance": (
        "A rule makes this more confidential than you are cleared for here.",
        "Eine Regel stuft das hier höher ein, als Sie freigegeben sind.",
    ),
    "error level_not_allowed": ("That level is not allowed.", "Diese Stufe ist nicht erlaubt."),
    "error consent_needed": (
        "An owner of the group has to agree to that.",
        "Dem muss ein Eigentümer der Gruppe zustimmen.",
    ),
    "error invitation_unknown": ("That invitation is not valid.", "Diese Einladung gilt nicht."),
    "error invitation_expired": (
        "That invitation has expired.",
        "Diese Einladung ist abgelaufen.",
    ),
    "error guest_limit": ("A guest cannot have that.", "Das ist für Gäste nicht möglich."),
    "error team_cycle": (
        "A team cannot contain itself.",
        "Ein Team kann sich nicht selbst enthalten.",
    ),
    "error weak_password": (
        "That password is too short, or too easy to guess.",
        "Das Passwort ist zu kurz oder zu leicht zu erraten.",
    ),
    "error reset_expired": (
        "That link has been used or is too old.",
        "Dieser Link ist benutzt oder zu alt.",
    ),
    "error unauthenticated": ("Sign in first.", "Bitte zuerst anmelden."),
    "error second_factor_required": (
        "The second factor is missing.",
        "Der zweite Faktor fehlt.",
    ),
    "error bad_code": (
        "That code is wrong, or was used already.",
        "Dieser Code ist falsch oder schon benutzt.",
    ),
    "error bad_key": (
        "That security key was not accepted.",
        "Dieser Sicherheitsschlüssel wurde nicht angenommen.",
    ),
    "error bad_credentials": (
        "E-mail address or password is wrong.",
        "E-Mail-Adresse oder Passwort ist falsch.",
    ),
    "error forbidden": ("That is not allowed.", "Das ist nicht erlaubt."),
    "error provider_refused": ("The sign-in provider refused.", "Der Anmeldedienst hat abgelehnt."),
    "error email_unverified": (
        "The e-mail address is not verified.",
        "Die E-Mail-Adresse ist nicht bestätigt.",
    ),
    "error domain_not_allowed": ("That domain is not allowed.", "Diese Domain ist nicht erlaubt."),
    "error no_account": ("There is no such account.", "Dieses Konto gibt es nicht."),
    "error account_closed": ("The account is closed.", "Das Konto ist geschlossen."),
    "error identity_conflict": (
        "The account has another identity.",
        "Das Konto hat eine andere Identität.",
    ),
    "error sign_in_expired": (
        "The sign-in is over: begin again.",
        "Die Anmeldung ist abgelaufen: bitte neu beginnen.",
    ),
    "error logout_refused": ("That is no logout token.", "Das ist kein Abmelde-Token."),
    "error provider_unavailable": (
        "The sign-in provider does not answer.",
        "Der Anmeldedienst antwortet nicht.",
    ),
    "error provider_untrusted": (
        "The sign-in provider is not to be believed.",
        "Der Anmeldedienst ist nicht glaubwürdig.",
    ),
    "error insufficient_scope": ("This token is not for that.", "Dieses Token darf das nicht."),
    "error origin_not_allowed": ("That page is not allowed.", "Diese Seite darf das nicht."),
    "error not_found": ("That is not there.", "Das gibt es nicht."),
    "error method_not_allowed": ("That method is not allowed.", "Diese Methode ist nicht erlaubt."),
    "error conflict": ("That is there already.", "Das gibt es schon."),
    "error last_admin": (
        "Name another administrator first.",
        "Zuerst eine andere Administration benennen.",
    ),
    "error last_owner": (
        "A group keeps one owner.",
        "Eine Gruppe behält mindestens einen Besitzer.",
    ),
    "error too_large": ("That is too large.", "Das ist zu groß."),
    "error too_many_connections": (
        "There are as many live connections from this address as there may be.",
        "Von dieser Adresse gibt es so viele Live-Verbindungen, wie erlaubt sind.",
    ),
    "error too_many_subscriptions": (
        "This connection has as many subscriptions as it may.",
        "Diese Verbindung hat so viele Abos, wie erlaubt sind.",
    ),
    "error rate_limited": ("Too many attempts.", "Zu viele Versuche; bitte kurz warten."),
    "error broken_file": ("The file is damaged.", "Die Datei ist beschädigt."),
    "error image_too_large": (
        "The image has too many pixels.",
        "Das Bild hat zu viele Bildpunkte.",
    ),
    "error archive_bomb": (
        "The archive unpacks to far too much.",
        "Das Archiv enthält ausgepackt viel zu viel.",
    ),
    "error file_type_refused": (
        "Files of that type are not taken.",
        "Dateien dieser Art werden nicht angenommen.",
    ),
    "error unknown_file": ("That file is not there.", "Diese Datei gibt es nicht."),
    "error upload_stalled": (
        "The upload stopped on its way.",
        "Die Datei kam nicht vollständig an.",
    ),
    "error upload_quota": (
        "That is more than a person may upload in a day.",
        "Das ist mehr, als eine Person am Tag hochladen darf.",
    ),
    "error range_not_satisfiable": (
        "The file ends before that range.",
        "Die Datei endet vor diesem Bereich.",
    ),
    "error storage_full": (
        "There is no room left for files.",
        "Für Dateien ist kein Platz mehr.",
    ),
    "error storage_unavailable": (
        "The place of the files does not answer.",
        "Der Ort der Dateien antwortet nicht.",
    ),
    "error unavailable": (
        "A part of the server does not answer.",
        "Ein Teil des Servers antwortet nicht; Gespeichertes ist sicher.",
    ),
    "error newer_data": (
        "The data was written by a newer version of Headrace: upgrade the program.",
        "Die Daten stammen von einer neueren Version von Headrace: bitte das Programm erneuern.",
    ),
    "error broken_line": ("A line cannot be read.", "Eine Zeile ist nicht lesbar."),
    "error no_secret_key": (
        "This server has no key to seal secrets with.",
        "Dieser Server hat keinen Schlüssel, um Geheimnisse zu versiegeln.",
    ),
    "error secret_unreadable": (
        "A sealed secret cannot be read.",
        "Ein versiegeltes Geheimnis lässt sich nicht lesen.",
    ),
    "error secret_key_missing": (
        "The key with which secrets in the database are sealed is missing.",
        "Der Schlüssel fehlt, mit dem die Geheimnisse in der Datenbank versiegelt sind.",
    ),
    "error secret_key_mismatch": (
        "Secrets in the database are sealed with another key.",
        "Die Geheimnisse in der Datenbank sind mit einem anderen Schlüssel versiegelt.",
    ),
    "error secret_key_file": (
        "The file with the key is not usable.",
        "Die Datei mit dem Schlüssel ist so nicht brauchbar.",
    ),
    "error configuration": (
        "The configuration is not usable.",
        "Die Einstellungen sind so nicht brauchbar.",
    ),
}

_DONE = {
    "migrated": (
        "The database is at this version.",
        "Die Datenbank ist auf dem Stand dieser Version.",
    ),
    "restored": (
        "Noted: clients start again from here. Now start the nodes.",
        "Vermerkt: Clients fangen ab hier von vorn an. Jetzt die Knoten starten.",
    ),
    "deactivated": (
        "{email} is closed: sessions, tokens and connections have ended.",
        "{email} ist geschlossen: Sitzungen, Token und Verbindungen sind beendet.",
    ),
    "reactivated": (
        "{email} is open again, without memberships, password and tokens.",
        "{email} ist wieder offen, ohne Mitgliedschaften, Passwort und Token.",
    ),
    "factor dropped": (
        "{email} is asked for no second factor any more.",
        "{email} wird nicht mehr nach einem zweiten Faktor gefragt.",
    ),
    "no factor": ("{email} has no second factor.", "{email} hat keinen zweiten Faktor."),
    "token revoked": (
        "The token is revoked.",
        "Das Token ist entzogen.",
    ),
    "token row": (
        "{id}  {name}  may: {scopes}  groups: {groups}  last used: {used}  until: {expires}",
        "{id}  {name}  darf: {scopes}  Gruppen: {groups}  zuletzt: {used}  bis: {expires}",
    ),
    "token over": ("{value} is over already.", "{value} ist schon vorbei."),
    "no token": ("There is no token {id}.", "Ein Token {id} gibt es nicht."),
    "key changed": (
        "Secrets sealed anew: {count}. Back the key up with the database from now on.",
        "Neu versiegelte Geheimnisse: {count}. Ab jetzt den neuen Schlüssel mit der Datenbank"
        " sichern.",
    ),
    "key unreadable": (
        "Secrets that stay unreadable: {count}. Whoever they belong to signs in with a recovery"
        " code or a security key, removes the app and sets it up again; `headrace person"
        " drop-factor` helps those who have neither.",
        "Unlesbar bleiben: {count}. Die Betroffenen melden sich mit einem Wiederherstellungscode"
        " oder Sicherheitsschlüssel an, entfernen die App und richten sie neu ein; wer beides"
        " nicht hat, dem hilft `headrace person drop-factor`.",
    ),
    "audit whole": (
        "The audit log is whole: {entries} entries.",
        "Das Audit-Protokoll ist unversehrt: {entries} Einträge.",
    ),
    "audit broken": (
        "The audit log is broken at entry {no}: {reason}.",
        "Das Audit-Protokoll ist bei Eintrag {no} verletzt: {reason}.",
    ),
    "audit part whole": (
        "This part of the audit log is whole: {entries} entries, {first} to {last}.",
        "Dieser Teil des Audit-Protokolls ist unversehrt: {entries} Einträge, {first} bis {last}.",
    ),
    "audit missing": ("one before it is missing", "davor fehlt einer"),
    "audit foreign": (
        "it does not follow the one before it",
        "er folgt nicht auf den vor ihm",
    ),
    "audit changed": ("it was changed afterwards", "er wurde nachträglich geändert"),
    "audit no entry": (
        "Line {line} is no entry of an audit log.",
        "Zeile {line} ist kein Eintrag eines Audit-Protokolls.",
    ),
    "import chat running": ("Importing into {group}", "Import in {group}"),
    "import chat done": (
        "{group}: {messages} messages read, {added} added, {thanks} thanks, {known} there already,"
        " {empty} without text, {broken} broken, {people} new people;"
        " {seconds} s, {rate} activities/s.",
        "{group}: {messages} Nachrichten gelesen, {added} hinzugefügt, {thanks} Dank, {known} schon"
        " da, {empty} ohne Text, {broken} unlesbar, {people} neue Personen;"
        " {seconds} s, {rate} Aktivitäten/s.",
    ),
    "import chat nothing new": ("Nothing was added.", "Nichts wurde hinzugefügt."),
    "import org refused": (
        "Nothing was changed: mend these files first.",
        "Nichts wurde geändert: bitte zuerst diese Dateien berichtigen.",
    ),
    "import org applied": ("Applied.", "Ausgeführt."),
    "import org only shown": (
        "Nothing was changed; --apply makes it so.",
        "Nichts wurde geändert; --apply führt es aus.",
    ),
    "classify running": ("Applying the rules", "Regeln werden angewendet"),
    "classify done": (
        "{found} of {examined} posts had to rise; with what answers them, {raised} rose"
        " ({seconds} s).",
        "{found} von {examined} Beiträgen waren höher einzustufen; mit den Antworten darauf wurden"
        " es {raised} ({seconds} s).",
    ),
    "classify foreseen": (
        "{found} of {examined} posts would rise, and what answers them; nothing was changed"
        " ({seconds} s).",
        "{found} von {examined} Beiträgen würden höher eingestuft, samt den Antworten darauf;"
        " nichts wurde geändert ({seconds} s).",
    ),
    "import org nothing new": ("Everything is as it should be.", "Alles ist schon so."),
}

_BROKEN = {
    "broken line": ("{file}:{line}: {what} [broken_line]", "{file}:{line}: {what} [broken_line]"),
    "broken lines more": ("… and {count} more.", "… und {count} weitere."),
    "broken columns": ("{value} columns instead of 7", "{value} statt 7 Spalten"),
    "broken time": ("“{value}” is no time with a zone", "„{value}“ ist keine Zeit mit Zeitzone"),
    "broken empty": ("an id or name is empty", "eine Kennung oder ein Name ist leer"),
    "broken undecodable": ("not UTF-8", "kein UTF-8"),
    "broken nul": ("a NUL character", "ein NUL-Zeichen"),
    "broken damaged": (
        "the file is damaged from here on ({value})",
        "ab hier ist die Datei beschädigt ({value})",
    ),
    "broken refused": ("not published: {value}", "nicht veröffentlicht: {value}"),
    "broken toml": ("not TOML: {value}", "kein TOML: {value}"),
    "broken shape": ("not a team: {value}", "kein Team: {value}"),
    "broken team name": (
        "“{value}” cannot be a team's name",
        "„{value}“ ist kein Name für ein Team",
    ),
    "broken include": ("unknown key “{value}”", "unbekannter Schlüssel „{value}“"),
    "broken taken": ("the name is taken: {value}", "der Name ist vergeben: {value}"),
    "broken parent": ("there is no team “{value}”", "ein Team „{value}“ gibt es nicht"),
    "broken included": ("there is no team “{value}”", "ein Team „{value}“ gibt es nicht"),
    "broken circle": (
        "the team is part of itself, through “{value}”",
        "das Team ist über „{value}“ ein Teil seiner selbst",
    ),
}

_PLAN = {
    "plan new": (
        "+ team {team} “{title}” under {parent}",
        "+ Team {team} „{title}“ unter {parent}",
    ),
    "plan changed": (
        "~ team {team} “{title}” under {parent}",
        "~ Team {team} „{title}“ unter {parent}",
    ),
    "plan gone": ("- team {team}", "- Team {team}"),
    "plan join": ("+ {team}: {account} ({after})", "+ {team}: {account} ({after})"),
    "plan leave": ("- {team}: {account} ({before})", "- {team}: {account} ({before})"),
    "plan role": (
        "~ {team}: {account} {before} → {after}",
        "~ {team}: {account} {before} → {after}",
    ),
    "plan summary": (
        "Teams: {new} new, {changed} changed, {gone} gone. Members: {joins} join, {leaves} leave,"
        " {roles} change roles.",
        "Teams: {new} neu, {changed} geändert, {gone} aufgelöst. Mitglieder: {joins} kommen dazu,"
        " {leaves} scheiden aus, {roles} wechseln die Rolle.",
    ),
    "role owner": ("owner", "Besitzer"),
    "role moderator": ("moderator", "Moderation"),
    "role member": ("member", "Mitglied"),
    "role guest": ("guest", "Gast"),
}

_DOCTOR = {
    "doctor settings": ("Settings", "Einstellungen"),
    "doctor setting": ("setting", "Einstellung"),
    "doctor value": ("value", "Wert"),
    "doctor origin": ("from", "woher"),
    "doctor default": ("default", "Vorgabe"),
    "doctor option": ("command line", "Befehlszeile"),
    "doctor checks": ("Checks", "Prüfungen"),
    "doctor check": ("check", "Prüfung"),
    "doctor mend": ("what helps", "was hilft"),
    "doctor fine": ("Nothing is wrong.", "Alles in Ordnung."),
    "doctor noted": (
        "Nothing is wrong; worth a look: {count}.",
        "Nichts ist falsch; einen Blick wert: {count}.",
    ),
    "doctor wrong": ("Wrong: {count}.", "Nicht in Ordnung: {count}."),
    "check variable": ("unknown variable", "unbekannte Variable"),
    "check key": ("key of secrets", "Schlüssel der Geheimnisse"),
    "check data": ("data directory", "Datenverzeichnis"),
    "check engines": ("embedded engines", "eingebettete Datenbanken"),
    "check engine": ("embedded engine", "eingebettete Datenbank"),
    "check database": ("database", "Datenbank"),
    "check clock": ("clock of the database", "Uhr der Datenbank"),
    "check migrations": ("version of the database", "Stand der Datenbank"),
    "check bus": ("bus", "Bus"),
    "check files": ("open files", "offene Dateien"),
    "check storage": ("place of attachments", "Ort der Anhänge"),
    "check web client": ("web client", "Web-Client"),
    "mend variable": (
        "No setting has this name: correct or remove it.",
        "So heißt keine Einstellung: berichtigen oder entfernen.",
    ),
    "mend storage": (
        "Make the directory writable or some room, or correct HEADRACE_FILE_STORAGE and _S3_*.",
        "Verzeichnis beschreibbar machen, Platz schaffen oder HEADRACE_FILE_STORAGE und _S3_* "
        "berichtigen.",
    ),
    "mend no data": (
        "`headrace up` makes it.",
        "`headrace up` legt es an.",
    ),
    "mend engines": (
        "Give another directory with --data, or two URLs.",
        "Mit --data ein anderes Verzeichnis angeben oder zwei URLs.",
    ),
    "mend engine": (
        "Install Headrace again with its dependencies.",
        "Headrace mit seinen Abhängigkeiten neu installieren.",
    ),
    "mend database": (
        "Start PostgreSQL, or correct HEADRACE_DATABASE_URL.",
        "PostgreSQL starten oder HEADRACE_DATABASE_URL berichtigen.",
    ),
    "mend old database": (
        "Upgrade PostgreSQL to 13 or newer.",
        "PostgreSQL auf 13 oder neuer erneuern.",
    ),
    "mend clock": (
        "Let both machines set their clocks by NTP.",
        "Beide Rechner ihre Uhr über NTP stellen lassen.",
    ),
    "mend key file": (
        "Put the file from the backup back, for its owner alone (chmod 600).",
        "Die Datei aus der Sicherung zurücklegen, nur für ihren Besitzer lesbar (chmod 600).",
    ),
    "mend no key": (
        "Give every node the same HEADRACE_SECRET_KEY; `headrace key new` prints one. Without it"
        " nobody sets up an app that makes codes.",
        "Allen Knoten denselben HEADRACE_SECRET_KEY geben; `headrace key new` gibt einen aus. Ohne"
        " ihn richtet niemand eine App für Codes ein.",
    ),
    "mend other key": (
        "Give the key that is in use; to change it, as HEADRACE_FORMER_SECRET_KEY. If it is lost:"
        " `headrace key change --lost`.",
        "Den benutzten Schlüssel angeben, bei einem Wechsel als HEADRACE_FORMER_SECRET_KEY. Ist er"
        " verloren: `headrace key change --lost`.",
    ),
    "mend key change": (
        "Finish with `headrace key change`.",
        "Mit `headrace key change` abschließen.",
    ),
    "mend open secrets": (
        "The next node that starts seals them.",
        "Der nächste Knoten, der startet, versiegelt sie.",
    ),
    "mend lost key": (
        "Their owners set their app up again, or `headrace person drop-factor` helps them.",
        "Die Betroffenen richten ihre App neu ein, oder `headrace person drop-factor` hilft ihnen.",
    ),
    "mend migrations": ("Run `headrace migrate`.", "`headrace migrate` ausführen."),
    "mend newer": (
        "Upgrade Headrace: a newer version was here.",
        "Headrace erneuern: hier war eine neuere Version.",
    ),
    "mend bus": (
        "Start Redis or Valkey, or correct HEADRACE_REDIS_URL.",
        "Redis oder Valkey starten oder HEADRACE_REDIS_URL berichtigen.",
    ),
    "mend slots": (
        "Some slots of the cluster have no server: valkey-cli --cluster fix gives them one.",
        "Manche Slots des Clusters haben keinen Server: valkey-cli --cluster fix gibt ihnen einen.",
    ),
    "mend own bus": (
        "`headrace up` runs, but its Valkey does not answer. It starts one again that has ended,"
        " and says so; if this goes on, stop it and start it again.",
        "`headrace up` läuft, aber sein Valkey antwortet nicht. Ist er zu Ende gegangen, startet"
        " es ihn neu und sagt das; bleibt es so, `headrace up` beenden und wieder starten.",
    ),
    "mend no up": (
        "It runs while `headrace up` does.",
        "Er läuft, solange `headrace up` läuft.",
    ),
    "mend files": (
        "Raise it with `ulimit -n`, or lower HEADRACE_MAX_CONNECTIONS.",
        "Mit `ulimit -n` erhöhen oder HEADRACE_MAX_CONNECTIONS senken.",
    ),
    "mend web client": (
        "Install Headrace with Node 20 or newer at hand, which builds it.",
        "Headrace mit Node 20 oder neuer installieren; dabei wird er gebaut.",
    ),
}

_SERVING = {
    "serving": ("Headrace serves at {address}", "Headrace läuft unter {address}"),
    "sign in": (
        "Sign in to the demo company, password {password}:",
        "Anmelden in der Demofirma, Passwort {password}:",
    ),
    "sign in as": ("  {email}  {name}, {role}", "  {email}  {name}, {role}"),
    "engine died": (
        "{engine} has ended unexpectedly and is started again.",
        "{engine} ist unerwartet zu Ende gegangen und wird neu gestartet.",
    ),
    "engine away": (
        "{engine} does not start; the next try follows. {reason}",
        "{engine} startet nicht; der nächste Versuch folgt. {reason}",
    ),
    "engine runs": ("{engine} runs again.", "{engine} läuft wieder."),
}

#: Errors that the command line itself finds.
_OWN_ERRORS = {
    "serve needs urls": (
        "`headrace serve` needs HEADRACE_DATABASE_URL and HEADRACE_REDIS_URL;"
        " `headrace up` brings engines of its own.",
        "`headrace serve` braucht HEADRACE_DATABASE_URL und HEADRACE_REDIS_URL;"
        " `headrace up` bringt eigene Datenbanken mit.",
    ),
    "engine lost": (
        "{engine} did not start {tries} times in a row, so Headrace has ended;"
        " nothing accepted is lost. {reason}",
        "{engine} ist {tries}-mal nacheinander nicht gestartet, deshalb ist Headrace zu Ende;"
        " Gespeichertes ist sicher. {reason}",
    ),
    "database empty": (
        "The database is empty: run `headrace migrate` first.",
        "Die Datenbank ist leer: bitte zuerst `headrace migrate` ausführen.",
    ),
    "database refuses": (
        "The database refuses: {reason}.",
        "Die Datenbank lehnt ab: {reason}.",
    ),
    "database away": (
        "The database does not answer. Is PostgreSQL running, is HEADRACE_DATABASE_URL right?",
        "Die Datenbank antwortet nicht. Läuft PostgreSQL, stimmt HEADRACE_DATABASE_URL?",
    ),
    "key not set": (
        "HEADRACE_SECRET_KEY is missing: set it to what `headrace key new` prints.",
        "HEADRACE_SECRET_KEY fehlt: auf das setzen, was `headrace key new` ausgibt.",
    ),
    "no group called": ("There is no group {name}.", "Eine Gruppe {name} gibt es nicht."),
    "no group": (
        "There is no group {name} that this person manages.",
        "Eine Gruppe {name}, die diese Person verwaltet, gibt es nicht.",
    ),
    "no person": (
        "There is no active account {email}.",
        "Ein aktives Konto {email} gibt es nicht.",
    ),
    "person there": (
        "There is an account {email} already.",
        "Das Konto {email} gibt es schon.",
    ),
    "weak password": (
        "That password is easy to guess, or shorter than {least} characters.",
        "Dieses Passwort ist leicht zu erraten oder kürzer als {least} Zeichen.",
    ),
    "no password": (
        "{email} is a service: it has tokens, and no password.",
        "{email} ist ein Dienst: Er hat Token und kein Passwort.",
    ),
}

#: By key: English, German. Values are set in with str.format.
TEXTS: dict[str, tuple[str, str]] = {
    **_HELP,
    **_OPTIONS,
    **_CLICK,
    **_ERRORS,
    **_DONE,
    **_BROKEN,
    **_PLAN,
    **_DOCTOR,
    **_SERVING,
    **_OWN_ERRORS,
}
