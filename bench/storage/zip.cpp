// Does zipping a study folder keep up?
//
//   bench_zip [MEGABYTES] [ROUNDS]     500 and 3 unless said otherwise
//
// The folder is zipped by this program, by `zip -r -6` and by Python's shutil.make_archive, each in
// a process of its own, in turns. Prints each number beside its target; a missed target is no
// error.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <vector>

#include "bench/report.h"
#include "bench/storage/study_folder.h"
#include "bench/storage/timed_process.h"
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
  TimedRuns runs = {};
  double zip_bytes = 0;
};

Status run(Zipper& zipper, const fs::path& folder, const fs::path& archive) {
  fs::remove(archive);
  ChildSpec spec{.argv = zipper.argv, .cwd = folder.string()};
  spec.argv.push_back(archive.string());
  spec.argv.push_back(".");
  DMS_TRY(const TimedRun timed, run_timed(spec));
  zipper.runs.add(timed);
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
    const Spread walls = spread_of(zipper.runs.walls);
    report.line(zipper.name, static_cast<double>(megabytes) / walls.median.count(), "MB/s", {},
                fmt::format("{:.1f} s, worst {:.1f} s, CPU {:.1f} s, {:.1f} MB, peak {:.0f} MB",
                            walls.median.count(), walls.worst.count(), zipper.runs.cpu.count(),
                            zipper.zip_bytes / 1e6, zipper.runs.peak_mb));
  }
  for (const Zipper& peer : {zippers[1], zippers[2]}) {
    report.line(fmt::format("dmsbatch / {}, time", peer.name),
                peer.runs.median() / zippers[0].runs.median(), "×", at_least(4),
                fmt::format("CPU {:.2f} ×", peer.runs.cpu / zippers[0].runs.cpu));
    report.line(fmt::format("dmsbatch / {}, size", peer.name),
                zippers[0].zip_bytes / peer.zip_bytes * 100, "%", at_most(100));
  }
  report.line("peak memory", zippers[0].runs.peak_mb, "MB", at_most(200));
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
