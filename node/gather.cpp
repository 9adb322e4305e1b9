#include "node/gather.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "mpi/launch.h"
#include "node/file.h"
#include "node/mpirun.h"
#include "node/process.h"
#include "node/unzip.h"

namespace dms::node {
namespace {

// On the other host: DMSNODE ARCHIVE PATTERN…. Its stdout is the archive and nothing else. The
// directory's name is given, since not every mpirun starts where it was started itself.
constexpr const char* pack_and_send =
    R"(cd "$1" && tool=$2 && part=$3 && shift 3 && rm -f "$part" &&
"$tool" zip --optional -- "$part" "$@" >&2 && { [ ! -e "$part" ] || cat "$part"; }; code=$?
rm -f "$part"; exit $code)";

Status fetch(const MpiPlan& plan, const std::string& host, const std::string& self,
             const std::string& here, const std::string& archive,
             const std::vector<std::string>& patterns) {
  std::string host_file;
  DMS_NODE_CHECK(write_host_file(plan, {host}, 1, host_file));
  auto command = mpi::launch_line(plan.implementation,
                                  {.host_file = host_file, .environment = plan.environment});
  command.insert(command.end(),
                 {"/bin/sh", "-c", pack_and_send, "sh", here, self, plan.host_file + ".part.zip"});
  command.insert(command.end(), patterns.begin(), patterns.end());
  const File nothing(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  File out(::open(archive.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!out.is_open()) return fail_errno("writing " + archive, errno);
  pid_t pid = 0;
  DMS_NODE_CHECK(start_process(command, {nothing.fd(), out.fd(), -1}, pid));
  const int code = exit_code_of(wait_for_process(pid));
  if (code == 0) return {};
  return {Exit::io_error,
          "packing the outputs on host " + host + " ended with exit code " + std::to_string(code)};
}

bool is_empty(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) != 0 || found.st_size == 0;
}

}  // namespace

Status gather(const std::string& self, const std::string& directory,
              const std::vector<std::string>& patterns) {
  MpiPlan plan;
  DMS_NODE_CHECK(read_mpi_plan(plan));
  if (patterns.empty()) return {};
  char here[4096] = {};
  if (!::getcwd(here, sizeof here)) return fail_errno("reading the current directory", errno);
  for (std::size_t at = 1; at < plan.hosts.size(); ++at) {
    const std::string archive = plan.host_file + ".gathered.zip";
    DMS_NODE_CHECK(fetch(plan, plan.hosts[at], self, here, archive, patterns));
    if (is_empty(archive)) {
      ::unlink(archive.c_str());
      continue;
    }
    UnzipOptions options;
    options.archive = archive;
    options.into = (directory.starts_with('/') ? "" : here + std::string("/")) + directory + "/" +
                   std::to_string(at);
    options.afterwards = Afterwards::delete_archive;
    DMS_NODE_CHECK(unzip(options));
    if (::chdir(here) != 0) return fail_errno("going back to the current directory", errno);
  }
  return {};
}

}  // namespace dms::node
