// The listening socket and the connections it brings: descriptors that children do not inherit.
//
// An agent that outlives the service must not keep the service's port, so every descriptor is
// close-on-exec from its first moment, which Asio's own calls do not do.
#pragma once

#include <cstdint>
#include <string>

#include "core/file.h"
#include "core/result.h"

namespace dms::service {

// Listens on `host`, an address or a name; port 0 means any free one. The socket does not block.
// Errors: conflict when the port is taken, permission below 1024 without the right to it,
// invalid_argument for a host that is none of this machine's.
Result<UniqueFd> listen_on(const std::string& host, std::uint16_t port);

// The port that `listener` got.
std::uint16_t port_of(const UniqueFd& listener);

// What accept_connection found.
enum class Accepted { connection, none_waiting, out_of_descriptors, gone };

// Takes the next waiting connection into `connection`, which neither blocks nor delays small
// writes. Never waits.
Accepted accept_connection(int listener, UniqueFd& connection);

}  // namespace dms::service
