from datetime import time
from pathlib import Path

import pytest

from scheduler.config import Config
from storage.errors import ConfigError


def load(folder: Path, text: str, **environ: str) -> Config:
    file = folder / "rasid.toml"
    file.write_text(text, "utf-8")
    return Config.load(file, environ)


def test_without_a_file_the_defaults_lie_in_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    config = Config.load(None, {})

    assert config.archive == f"sqlite:///{tmp_path}/rasid.db"
    assert config.watches == tmp_path / "watches.toml"
    assert list(config.channels) == ["console"]


def test_paths_in_the_file_are_relative_to_the_file(tmp_path, monkeypatch):
    desk = tmp_path / "desk"
    desk.mkdir()
    monkeypatch.chdir(tmp_path)

    config = load(desk, 'archive = "sqlite:///news.db"\nsites = ["own"]\ncaptures = "warc"')

    assert config.archive == f"sqlite:///{desk}/news.db"
    assert config.sites == [desk / "own"]
    assert config.captures == desk / "warc"
    assert config.watches == desk / "watches.toml"


def test_rasid_toml_of_the_working_directory_is_read(tmp_path, monkeypatch):
    (tmp_path / "rasid.toml").write_text('timezone = "Asia/Beirut"')
    monkeypatch.chdir(tmp_path)

    assert Config.load(None, {}).timezone == "Asia/Beirut"


def test_rasid_config_names_the_file(tmp_path):
    file = tmp_path / "other.toml"
    file.write_text('contact = "https://desk.example"')

    assert Config.load(None, {"RASID_CONFIG": str(file)}).contact == "https://desk.example"


def test_empty_captures_keep_none(tmp_path):
    assert load(tmp_path, 'captures = ""').captures is None


def test_variables_override_the_file(tmp_path):
    config = load(
        tmp_path,
        'archive = "sqlite:///a.db"\n[crawl]\nworkers = 2\nonly = ["sana"]',
        RASID_ARCHIVE="postgresql://desk@db/news",
        RASID_CRAWL__WORKERS="5",
        RASID_CRAWL__ONLY="enabbaladi, syriatv",
    )

    assert config.archive == "postgresql://desk@db/news"
    assert config.crawl.workers == 5
    assert config.crawl.only == ["enabbaladi", "syriatv"]


def test_a_channel_has_its_mode_and_quiet_hours(tmp_path):
    config = load(
        tmp_path, '[channels.desk]\nurl = "console"\nmode = "daily 08:30"\nquiet = "23:00-06:00"'
    )

    assert config.channels["desk"].mode.at == time(8, 30)
    assert config.channels["desk"].quiet.begins == time(23)


def test_a_secret_is_read_from_the_environment_and_never_shown(tmp_path):
    config = load(tmp_path, '[channels.desk]\nurl = "env:DESK_URL"', DESK_URL="tgram://12345:abc/1")

    assert config.channels["desk"].url.get_secret_value() == "tgram://12345:abc/1"
    assert "abc" not in repr(config)
    assert "abc" not in config.model_dump_json()


def test_an_archive_whose_variable_is_not_set_says_which(tmp_path):
    with pytest.raises(ConfigError, match="NEWS_DB is not set"):
        load(tmp_path, 'archive = "env:NEWS_DB"')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('archiv = "x"', "unknown key 'archiv'; did you mean 'archive'?"),
        ("[crawl]\nworker = 1", "unknown key 'crawl.worker'; did you mean 'workers'?"),
        ('[channels.desk]\nulr = "console"', "did you mean 'url'?"),
        ("[crawl]\nworkers = -1", "crawl.workers must be at least 0"),
        ('[crawl]\nworkers = "many"', "crawl.workers must be a whole number"),
        ("[crawl]\nworkers = ", "is no TOML"),
        ("[crawl]\nworkers = = 2", "line 2"),
        ('timezone = "Asia/Damascs"', "no time zone"),
        ('[alerts]\ncopies = "never"', "alerts.copies must be 'count' or 'alert'"),
        ('[channels.desk]\nurl = "console"\nmode = "weekly"', '"daily 08:00"'),
        ('[channels.desk]\nurl = "console"\nquiet = "25:00-06:00"', "no time of day"),
        ('archive = "rasid.db"', "sqlite:///rasid.db"),
        ("archive = 3", "archive must be text in quotes"),
        ("sites = 3", "sites must be a list"),
        ('channels = "console"', "channels must be a table"),
        ('path = "x"', "unknown key 'path'"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_file_and_the_key(tmp_path, text, said):
    with pytest.raises(ConfigError) as error:
        load(tmp_path, text)

    assert said in str(error.value)
    assert str(tmp_path / "rasid.toml") in str(error.value)
    assert "\n" not in str(error.value)


def test_a_wrong_secret_is_not_repeated_in_the_message(tmp_path):
    with pytest.raises(ConfigError) as error:
        load(tmp_path, '[channels.desk]\nurl = ["tgram://12345:abc"]')

    assert "abc" not in str(error.value)


def test_a_file_in_another_encoding_says_so(tmp_path):
    file = tmp_path / "rasid.toml"
    file.write_bytes('contact = "راصد"'.encode("windows-1256"))

    with pytest.raises(ConfigError, match="not UTF-8"):
        Config.load(file, {})


def test_a_configuration_that_is_not_there_is_a_mistake(tmp_path):
    with pytest.raises(ConfigError, match="no such file"):
        Config.load(tmp_path / "missing.toml", {})


def test_a_variable_nearly_named_like_a_setting_is_a_mistake(tmp_path):
    with pytest.raises(ConfigError, match="did you mean 'archive'"):
        load(tmp_path, "", RASID_ARCHIV="x")


def test_variables_of_other_programs_are_left_alone(tmp_path):
    assert load(tmp_path, "", RASID_REQUIRE_POSTGRES="1").crawl.workers == 2


def test_workers_are_told_all_they_need_as_json(tmp_path):
    config = load(tmp_path, '[crawl]\nonly = ["sana"]')

    told = config.worker_settings()

    assert told["archive"] == f"sqlite:///{tmp_path}/rasid.db"
    assert told["sites"] == [str(tmp_path / "sites")]
    assert told["only"] == ["sana"]
    assert told["captures"] == str(tmp_path / "captures")
