-- The tables of SAM Broadcaster that are read, as it makes them itself: MyISAM, latin1, dates that begin at zero.

CREATE TABLE songlist (
  ID mediumint(9) NOT NULL AUTO_INCREMENT,
  filename varchar(255) NOT NULL DEFAULT '',
  diskID smallint(6) NOT NULL DEFAULT 0,
  flags varchar(5) NOT NULL DEFAULT 'NNNNN',
  songtype char(1) NOT NULL DEFAULT 'S',
  status tinyint(4) NOT NULL DEFAULT 0,
  weight double NOT NULL DEFAULT 50,
  balance double NOT NULL DEFAULT 0,
  date_added datetime DEFAULT NULL,
  date_played datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  date_artist_played datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  date_album_played datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  date_title_played datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  duration int(11) NOT NULL DEFAULT 0,
  artist varchar(255) NOT NULL DEFAULT '',
  title varchar(255) NOT NULL DEFAULT '',
  album varchar(255) NOT NULL DEFAULT '',
  label varchar(100) NOT NULL DEFAULT '',
  pline varchar(50) NOT NULL DEFAULT '',
  trackno int(11) NOT NULL DEFAULT 0,
  composer varchar(100) NOT NULL DEFAULT '',
  ISRC varchar(50) NOT NULL DEFAULT '',
  catalog varchar(50) NOT NULL DEFAULT '',
  UPC varchar(50) NOT NULL DEFAULT '',
  feeagency varchar(20) NOT NULL DEFAULT '',
  albumyear varchar(4) NOT NULL DEFAULT '0',
  genre varchar(20) NOT NULL DEFAULT '',
  website varchar(255) NOT NULL DEFAULT '',
  buycd varchar(255) NOT NULL DEFAULT '',
  info text,
  lyrics text,
  picture varchar(255) NOT NULL DEFAULT '',
  count_played mediumint(9) NOT NULL DEFAULT 0,
  count_requested mediumint(9) NOT NULL DEFAULT 0,
  last_requested datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  count_performances int(11) NOT NULL DEFAULT 0,
  xfade varchar(50) NOT NULL DEFAULT '',
  bpm mediumint(9) NOT NULL DEFAULT 0,
  mood varchar(50) NOT NULL DEFAULT '',
  rating mediumint(9) NOT NULL DEFAULT 0,
  overlay enum('yes','no') NOT NULL DEFAULT 'no',
  PRIMARY KEY (ID),
  UNIQUE KEY filename (filename),
  KEY date_played (date_played),
  KEY artist (artist)
) ENGINE=MyISAM DEFAULT CHARSET=latin1;

CREATE TABLE historylist (
  ID mediumint(9) NOT NULL AUTO_INCREMENT,
  songID mediumint(9) NOT NULL DEFAULT 0,
  filename varchar(255) NOT NULL DEFAULT '',
  date_played datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  duration int(11) NOT NULL DEFAULT 0,
  artist varchar(255) NOT NULL DEFAULT '',
  title varchar(255) NOT NULL DEFAULT '',
  album varchar(255) NOT NULL DEFAULT '',
  albumyear varchar(4) NOT NULL DEFAULT '',
  website varchar(255) NOT NULL DEFAULT '',
  buycd varchar(255) NOT NULL DEFAULT '',
  picture varchar(255) NOT NULL DEFAULT '',
  listeners mediumint(9) NOT NULL DEFAULT 0,
  label varchar(100) NOT NULL DEFAULT '',
  pline varchar(50) NOT NULL DEFAULT '',
  trackno int(11) NOT NULL DEFAULT 0,
  composer varchar(100) NOT NULL DEFAULT '',
  ISRC varchar(50) NOT NULL DEFAULT '',
  catalog varchar(50) NOT NULL DEFAULT '',
  UPC varchar(50) NOT NULL DEFAULT '',
  feeagency varchar(20) NOT NULL DEFAULT '',
  songtype char(1) NOT NULL DEFAULT '',
  requestID mediumint(9) NOT NULL DEFAULT 0,
  overlay enum('yes','no') NOT NULL DEFAULT 'no',
  songrights set('broadcast','download','on-demand','royaltyfree') NOT NULL DEFAULT 'broadcast',
  PRIMARY KEY (ID),
  KEY date_played (date_played)
) ENGINE=MyISAM DEFAULT CHARSET=latin1;

CREATE TABLE requestlist (
  ID mediumint(9) NOT NULL AUTO_INCREMENT,
  songID mediumint(9) NOT NULL DEFAULT 0,
  t_stamp datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  host varchar(255) NOT NULL DEFAULT '',
  msg text,
  name varchar(255) NOT NULL DEFAULT '',
  code mediumint(9) NOT NULL DEFAULT 0,
  ETA datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  status enum('played','ignored','pending','new') NOT NULL DEFAULT 'new',
  PRIMARY KEY (ID),
  KEY t_stamp (t_stamp)
) ENGINE=MyISAM DEFAULT CHARSET=latin1;

CREATE TABLE queuelist (
  ID mediumint(9) NOT NULL AUTO_INCREMENT,
  songID mediumint(9) NOT NULL DEFAULT 0,
  sortID float NOT NULL DEFAULT 0,
  requests mediumint(9) NOT NULL DEFAULT 0,
  requestID mediumint(9) NOT NULL DEFAULT 0,
  PRIMARY KEY (ID),
  KEY sortID (sortID)
) ENGINE=MyISAM DEFAULT CHARSET=latin1;

CREATE TABLE category (
  ID mediumint(9) NOT NULL AUTO_INCREMENT,
  name varchar(100) NOT NULL DEFAULT '',
  parentID mediumint(9) NOT NULL DEFAULT 0,
  levelindex mediumint(9) NOT NULL DEFAULT 0,
  itemindex mediumint(9) NOT NULL DEFAULT 0,
  PRIMARY KEY (ID)
) ENGINE=MyISAM DEFAULT CHARSET=latin1;

CREATE TABLE categorylist (
  ID mediumint(9) NOT NULL AUTO_INCREMENT,
  songID mediumint(9) NOT NULL DEFAULT 0,
  categoryID mediumint(9) NOT NULL DEFAULT 0,
  sortID float NOT NULL DEFAULT 0,
  PRIMARY KEY (ID),
  KEY songID (songID),
  KEY categoryID (categoryID)
) ENGINE=MyISAM DEFAULT CHARSET=latin1;
