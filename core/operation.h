// A REST operation as data: one typed row, used by the client that calls it and by the local
// service that answers it.
#pragma once

#include <string>
#include <string_view>

namespace dms {

// Whether sending the operation twice is as good as once. `by_id` marks an add whose duplicate is
// refused by its id, so that a client may repeat it and read "exists" as done.
enum class Repeat { safe, by_id, unsafe };

template <class In, class Out>
struct Operation {
  using Input = In;
  using Output = Out;

  std::string_view name;           // "AddPool": for logs and the page of operations
  std::string_view method;         // "POST"
  std::string_view path;           // "/pools/{poolId}/nodes"
  int status;                      // the one success status that Microsoft's clients accept
  std::string_view metadata = {};  // what follows $metadata# in the answer's odata.metadata
  Repeat repeat = Repeat::safe;
};

// The number of {holes} in a path.
constexpr int count_holes(std::string_view path) {
  int holes = 0;
  for (const char c : path) holes += c == '{';
  return holes;
}

}  // namespace dms
