// Does zipping a study folder keep up?
//
//   bench_zip [MEGABYTES] [ROUNDS]     500 and 3 unless said otherwise
//
// The folder is zipped by this program, by `zip -r -6` and by Python's shutil.make_archive, each in
// a process of its own, in turns. Prints each number beside its target; a missed target is no
// error.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <vector>

#include "bench/scale/report.h"
#include "bench/storage/study_folder.h"
#include "blob/zip.h"
#include "core/child.h"
#include "core/file.h"

namespace {

using namespace dms;
using namespace dms::bench;
namespace fs = std::filesystem;

constexpr const char* python =
    "import shutil, sys; shutil.make_archive(sys.argv[1][:-4], 'zip', '.')";

struct Zipper {
  const char* name;
  std::vector<std::string> argv;  // the archive's path follows, then "."
  std::vector<Seconds> walls = {};
  Seconds cpu{};  // of the last round
  double peak_mb = 0;
  double zip_bytes = 0;
};

Seconds seconds_of(const timeval& time) {
  return Seconds(static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6);
}

Status run(Zipper& zipper, const fs::path& folder, const fs::path& archive) {
  fs::remove(archive);
  ChildSpec spec{.argv = zipper.argv, .cwd = folder.string()};
  spec.argv.push_back(archive.string());
  spec.argv.push_back(".");
  const auto start = SteadyClock::now();
  DMS_TRY(const pid_t pid, spawn_child(spec));
  int status = 0;
  rusage usage{};
  if (::wait4(pid, &status, 0, &usage) != pid) return fail_errno("waiting for a zipper", errno);
  zipper.walls.push_back(since(start));
  if (exit_code(status) != 0) return fail(Code::internal, std::string(zipper.name) + " failed");
  zipper.cpu = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
  zipper.peak_mb = std::max(zipper.peak_mb, static_cast<double>(usage.ru_maxrss) / 1024);
  zipper.zip_bytes = static_cast<double>(fs::file_size(archive));
  return ok();
}

Status measure(const std::string& self, std::uint64_t megabytes, int rounds) {
  DMS_TRY(const std::string directory, make_temp_directory("bench-zip-"));
  const fs::path folder = fs::path(directory) / "study", archive = fs::path(directory) / "out.zip";
  // In a process of its own: a child's peak begins with what its parent had.
  DMS_TRY(const auto made,
          run_captured({self, "--study", folder.string(), std::to_string(megabytes * 1'000'000)},
                       {.limit = std::chrono::minutes(10)}));
  if (made.exit_code != 0) return fail(Code::internal, "making the study folder: " + made.err);
  Zipper zippers[] = {{"dmsbatch", {self, "--zip"}},
                      {"zip -r -6", {"zip", "-q", "-r", "-6"}},
                      {"shutil.make_archive", {"python3", "-c", python}}};
  for (int round = 0; round < rounds; ++round)
    for (Zipper& zipper : zippers) DMS_CHECK(run(zipper, folder, archive));
  Report report;
  report.heading(fmt::format("a study folder of {} MB, {} rounds", megabytes, rounds));
  for (Zipper& zipper : zippers) {
    const Spread walls = spread_of(zipper.walls);
    report.line(zipper.name, static_cast<double>(megabytes) / walls.median.count(), "MB/s", {},
                fmt::format("{:.1f} s, worst {:.1f} s, CPU {:.1f} s, {:.1f} MB, peak {:.0f} MB",
                            walls.median.count(), walls.worst.count(), zipper.cpu.count(),
                            zipper.zip_bytes / 1e6, zipper.peak_mb));
  }
  const auto median = [](const Zipper& zipper) { return spread_of(zipper.walls).median.count(); };
  for (const Zipper& peer : {zippers[1], zippers[2]}) {
    report.line(fmt::format("dmsbatch / {}, time", peer.name), median(peer) / median(zippers[0]),
                "×", at_least(4),
                fmt::format("CPU {:.2f} ×", peer.cpu.count() / zippers[0].cpu.count()));
    report.line(fmt::format("dmsbatch / {}, size", peer.name),
                zippers[0].zip_bytes / peer.zip_bytes * 100, "%", at_most(100));
  }
  report.line("peak memory", zippers[0].peak_mb, "MB", at_most(200));
  report.summary();
  fs::remove_all(directory);
  return ok();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 4 && std::string_view(argv[1]) == "--zip") {
    const auto zipped = blob::zip_directory(argv[3], argv[2]);
    if (!zipped) std::fprintf(stderr, "bench_zip: %s\n", zipped.error().message.c_str());
    return zipped ? 0 : 1;
  }
  if (argc == 4 && std::string_view(argv[1]) == "--study") {
    const auto made = make_study_folder(argv[2], std::strtoull(argv[3], nullptr, 10));
    if (!made) std::fprintf(stderr, "%s\n", made.error().message.c_str());
    return made ? 0 : 1;
  }
  const int megabytes = argc > 1 ? std::atoi(argv[1]) : 500;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
  if (argc > 3 || megabytes <= 0 || rounds <= 0) {
    std::fprintf(stderr, "usage: bench_zip [MEGABYTES] [ROUNDS]\n");
    return 2;
  }
  const std::string self = fs::read_symlink("/proc/self/exe").string();
  if (const auto status = measure(self, static_cast<std::uint64_t>(megabytes), rounds); !status) {
    std::fprintf(stderr, "bench_zip: %s\n", status.error().message.c_str());
    return 1;
  }
  return 0;
}
