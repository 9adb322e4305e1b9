// Lists of hosts as nodes are told them. The input is one; what is read of it goes into host files.
#include <algorithm>

#include "mpi/launch.h"
#include "tests/fuzz/fuzz.h"

using namespace dms;
using namespace dms::mpi;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text_of(data, size);
  const std::vector<std::string> hosts = split_list(text);
  std::string joined;
  for (const std::string& host : hosts) {
    fuzz::require(!host.empty() && host.find_first_of(", \t\n") == host.npos, "a host is one word",
                  host);
    joined += " ," + host;
  }
  fuzz::require(split_list(joined) == hosts, "what was joined is split again", joined);
  for (const auto implementation : {Implementation::open_mpi, Implementation::mpich,
                                    Implementation::intel_mpi, Implementation::mvapich2}) {
    const std::string file = host_file(implementation, hosts, 2);
    fuzz::require(
        static_cast<std::size_t>(std::count(file.begin(), file.end(), '\n')) == hosts.size(),
        "a host is one line", file);
    fuzz::require(implementation_named(name_of(implementation)) == implementation,
                  "names are read as they are written");
  }
  implementation_of(text);
  return 0;
}
