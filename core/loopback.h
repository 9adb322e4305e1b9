// Whether a host is this machine itself.
#pragma once

#include <string_view>

namespace dms {

// True for "localhost", names below it, 127.x.y.z and "[::1]", as they stand in a Url: hosts that
// no request leaves this machine for. "127.example.com" is a name as any other.
bool is_loopback(std::string_view host);

}  // namespace dms
