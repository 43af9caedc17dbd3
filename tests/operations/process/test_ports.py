"""Of two starts at once one says why it ends."""

import socket

import pytest

from mentormap.operations.process.ports import AddressRefused, PortBusy, check_free, reserve


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_second_start_on_one_port_is_refused() -> None:
    port = free_port()
    with reserve(port, variable="PORT"), pytest.raises(PortBusy) as refusal:
        reserve(port, variable="PORT")
    assert str(refusal.value).startswith(f"Port {port} is in use, perhaps by another MentorMap")
    reserve(port, variable="PORT").close()


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_port_where_a_program_listens_is_refused(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as server:
        port = server.getsockname()[1]
        with pytest.raises(PortBusy, match=f"SANDBOX_PORT={port - 1000 if port >= 60000 else port + 1000}"):
            check_free(host, port, variable="SANDBOX_PORT")


def test_an_address_of_another_machine_is_refused_with_a_sentence() -> None:
    with pytest.raises(AddressRefused) as refusal:
        check_free("192.0.2.1", free_port(), variable="PORT")
    assert str(refusal.value).endswith("cannot assign requested address. Correct HOST or PORT.")


def test_a_free_port_is_free() -> None:
    check_free("127.0.0.1", free_port(), variable="PORT")


def test_connections_that_linger_from_the_last_run_do_no_harm() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    client = socket.create_connection(("127.0.0.1", port))
    served, _ = server.accept()
    served.close()  # closed first by us: our side waits in TIME_WAIT
    client.close()
    server.close()
    check_free("127.0.0.1", port, variable="PORT")
