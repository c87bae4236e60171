"""SAM Broadcaster's own tables, as it makes them, and the account with which the exporter reads them."""

from pymysql.cursors import Cursor

DATABASE = "SAMDB"
EXPORTER = "exporter"
READ = ("historylist", "songlist", "requestlist", "queuelist", "category", "categorylist")
"""All that the exporter may SELECT from."""

NO_DATE = "0000-00-00 00:00:00"

_TAGS = """
  artist varchar(255) NOT NULL DEFAULT '', title varchar(255) NOT NULL DEFAULT '',
  album varchar(255) NOT NULL DEFAULT '', albumyear varchar(4) NOT NULL DEFAULT '',
  website varchar(255) NOT NULL DEFAULT '', buycd varchar(255) NOT NULL DEFAULT '',
  picture varchar(255) NOT NULL DEFAULT '', label varchar(100) NOT NULL DEFAULT '',
  pline varchar(50) NOT NULL DEFAULT '', trackno int NOT NULL DEFAULT 0,
  composer varchar(100) NOT NULL DEFAULT '', ISRC varchar(50) NOT NULL DEFAULT '',
  catalog varchar(50) NOT NULL DEFAULT '', UPC varchar(50) NOT NULL DEFAULT '',
  feeagency varchar(20) NOT NULL DEFAULT '', songtype char(1) NOT NULL DEFAULT 'S',
  overlay enum('yes','no') NOT NULL DEFAULT 'no',
  songrights set('broadcast','download','on-demand','interactive') NOT NULL DEFAULT 'broadcast',
"""

_ID = "ID mediumint NOT NULL AUTO_INCREMENT PRIMARY KEY"

TABLES = {
    "songlist": f"""{_ID}, filename varchar(255) NOT NULL DEFAULT '', {_TAGS}
  status tinyint NOT NULL DEFAULT 0, weight double NOT NULL DEFAULT 50, balance double NOT NULL DEFAULT 0,
  date_added datetime DEFAULT NULL, date_played datetime NOT NULL DEFAULT '{NO_DATE}',
  date_artist_played datetime NOT NULL DEFAULT '{NO_DATE}', duration int NOT NULL DEFAULT 0,
  genre varchar(20) NOT NULL DEFAULT '', mood varchar(50) NOT NULL DEFAULT '', bpm int NOT NULL DEFAULT 0,
  rating int NOT NULL DEFAULT 0, count_played mediumint NOT NULL DEFAULT 0,
  count_requested mediumint NOT NULL DEFAULT 0, last_requested datetime NOT NULL DEFAULT '{NO_DATE}',
  count_performances int NOT NULL DEFAULT 0, xfade varchar(50) NOT NULL DEFAULT '',
  UNIQUE KEY filename (filename), KEY date_played (date_played)""",
    "historylist": f"""{_ID}, songID mediumint NOT NULL DEFAULT 0, filename varchar(255) NOT NULL DEFAULT '', {_TAGS}
  date_played datetime NOT NULL DEFAULT '{NO_DATE}', duration int NOT NULL DEFAULT 0,
  listeners mediumint NOT NULL DEFAULT 0, requestID mediumint NOT NULL DEFAULT 0, KEY date_played (date_played)""",
    "requestlist": f"""{_ID}, songID mediumint NOT NULL DEFAULT 0, t_stamp datetime NOT NULL DEFAULT '{NO_DATE}',
  host varchar(255) NOT NULL DEFAULT '', msg text, name varchar(255) NOT NULL DEFAULT '',
  code mediumint NOT NULL DEFAULT 0, ETA datetime NOT NULL DEFAULT '{NO_DATE}',
  status enum('played','ignored','pending','new') NOT NULL DEFAULT 'new', KEY t_stamp (t_stamp)""",
    "queuelist": f"""{_ID}, songID mediumint NOT NULL DEFAULT 0, sortID double NOT NULL DEFAULT 0,
  requests mediumint NOT NULL DEFAULT 0, requestID mediumint NOT NULL DEFAULT 0, KEY sortID (sortID)""",
    "category": f"""{_ID}, name varchar(255) NOT NULL DEFAULT '', parentID mediumint NOT NULL DEFAULT 0""",
    "categorylist": f"""{_ID}, songID mediumint NOT NULL DEFAULT 0, categoryID mediumint NOT NULL DEFAULT 0,
  sortID double NOT NULL DEFAULT 0, KEY songID (songID), KEY categoryID (categoryID)""",
}


def create(cursor: Cursor) -> None:
    """Make the database and those tables that are not there, and use it."""
    cursor.execute("SET SESSION sql_mode = ''")  # SAM's defaults are zero dates
    cursor.execute(f"CREATE DATABASE IF NOT EXISTS {DATABASE} CHARACTER SET latin1")
    cursor.execute(f"USE {DATABASE}")
    for name, columns in TABLES.items():
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns}) ENGINE=MyISAM DEFAULT CHARSET=latin1")


def admit_exporter(cursor: Cursor, password: str) -> None:
    """Make the exporter's account: it may read six tables and do nothing else."""
    cursor.execute(f"CREATE USER IF NOT EXISTS {EXPORTER}@'%%' IDENTIFIED BY %s", (password,))
    cursor.execute(f"ALTER USER {EXPORTER}@'%%' IDENTIFIED BY %s ACCOUNT UNLOCK", (password,))
    for name in READ:
        cursor.execute(f"GRANT SELECT ON {DATABASE}.{name} TO {EXPORTER}@'%'")


def lock_exporter_out(cursor: Cursor) -> None:
    """Let the exporter in no more, and end what it has open."""
    cursor.execute(f"ALTER USER {EXPORTER}@'%' ACCOUNT LOCK")
    cursor.execute(f"KILL USER {EXPORTER}")
