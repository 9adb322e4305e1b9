// Does the local service stay as quick and small with 100,000 tasks as it is with 1,000?
//
//   bench_scale [--tasks N] [--only adding|queue|running]     100,000 tasks unless said otherwise
//
// Prints each number beside its target. A missed target is no error: the exit status tells only
// whether everything could be measured.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "bench/scale/stages.h"
#include "core/file.h"

namespace {

using namespace dms;
using namespace dms::bench;

struct Options {
  Setting setting;
  std::string_view only;
};

struct Stage {
  std::string_view name;
  Status (*measure)(const Setting&, Report&);
};
constexpr Stage stages[] = {
    {"adding", measure_adding}, {"queue", measure_queue}, {"running", measure_running}};

bool read_options(int argc, char** argv, Options& options) {
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    if (name == "--tasks") {
      options.setting.tasks = std::atoi(argv[i + 1]);
    } else if (name == "--only") {
      options.only = argv[i + 1];
    } else {
      return false;
    }
  }
  bool known = options.only.empty();
  for (const Stage& stage : stages) known |= stage.name == options.only;
  return argc % 2 == 1 && known && options.setting.tasks > 0;
}

Status measure(Options& options) {
  DMS_TRY(options.setting.directory, make_temp_directory("bench-scale-"));
  Report report;
  for (const Stage& stage : stages)
    if (options.only.empty() || options.only == stage.name)
      DMS_CHECK(
          stage.measure(options.setting, report).context("measuring " + std::string(stage.name)));
  report.summary();
  std::filesystem::remove_all(options.setting.directory);
  return ok();
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!read_options(argc, argv, options)) {
    std::fprintf(stderr, "usage: bench_scale [--tasks N] [--only adding|queue|running]\n");
    return 2;
  }
  if (const auto status = measure(options); !status) {
    std::fprintf(stderr, "bench_scale: %s\n", status.error().message.c_str());
    return 1;
  }
  return 0;
}
