#include "node/mpi_verbs.h"

#include <unistd.h>

#include <cstdlib>

#include "node/gather.h"
#include "node/mpi_rank.h"
#include "node/mpirun.h"

namespace dms::node {
namespace {

// This program's path, which mpirun must find on every host.
std::string own_path() {
  char path[4096] = {};
  return ::readlink("/proc/self/exe", path, sizeof path - 1) > 0 ? path : "dmsnode";
}

Status run_hostfile(const std::vector<std::string>& arguments) {
  if (arguments.size() != 1)
    return {Exit::usage, "hostfile needs one file name; see dmsnode --help"};
  return write_plain_host_file(arguments.front());
}

Status run_gather(std::vector<std::string> arguments) {
  if (arguments.empty() || arguments.front().starts_with('-'))
    return {Exit::usage, "gather needs a directory; see dmsnode --help"};
  const std::string directory = arguments.front();
  arguments.erase(arguments.begin());
  if (!arguments.empty() && arguments.front() == "--") arguments.erase(arguments.begin());
  ::setenv("TZ", "UTC0", 1);  // of the archives that it unpacks
  return gather(own_path(), directory, arguments);
}

}  // namespace

bool is_mpi_verb(std::string_view verb) {
  return verb == "mpirun" || verb == "mpi-rank" || verb == "hostfile" || verb == "gather";
}

Status run_mpi_verb(std::string_view verb, std::vector<std::string> arguments, int& exit_code) {
  if (verb == "mpirun") return mpirun(own_path(), arguments, exit_code);
  if (verb == "mpi-rank") return mpi_rank(arguments, exit_code);
  if (verb == "hostfile") return run_hostfile(arguments);
  return run_gather(std::move(arguments));
}

}  // namespace dms::node
