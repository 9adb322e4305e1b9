// How many short tasks a second does the local service run?
//
//   bench_farm [COUNT] [SLOTS]     5000 tasks of `true` on 2 slots unless said otherwise
//
// Three ways in one run, since machines differ and are noisy: the service over HTTP to durable
// completion with stdout.txt and stderr.txt kept; GNU parallel with a job log and result files; and
// a bare loop of posix_spawn that makes the same folders and files, which is the machine's limit.
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "bench/farm/peers.h"
#include "bench/farm/service_side.h"
#include "core/file.h"

namespace {

using namespace dms;
using namespace dms::bench;

Status measure(int count, int slots) {
  DMS_TRY(const std::string directory, make_temp_directory("bench-farm-"));
  DMS_TRY(const FarmTimes farm, run_farm(directory + "/farm", count, slots));
  DMS_TRY(const Seconds parallel, run_gnu_parallel(directory + "/parallel", count, slots));
  DMS_TRY(const Seconds limit, run_bare_loop(directory + "/bare", count, slots));
  std::filesystem::remove_all(directory);
  const auto rate = [&](Seconds time) { return count / time.count(); };
  std::printf("%d tasks of `true`, %d slots\n", count, slots);
  std::printf("  dmsbatch      %7.0f tasks/s  (%.2f s, of which submitting %.2f s)\n",
              rate(farm.total), farm.total.count(), farm.submit.count());
  std::printf("  GNU parallel  %7.0f tasks/s\n", rate(parallel));
  std::printf("  bare loop     %7.0f tasks/s  (the machine's limit)\n", rate(limit));
  std::printf("  dmsbatch / GNU parallel = %.2f\n", rate(farm.total) / rate(parallel));
  std::printf("  dmsbatch / bare loop    = %.2f\n", rate(farm.total) / rate(limit));
  return ok();
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 5000;
  const int slots = argc > 2 ? std::atoi(argv[2]) : 2;
  if (count < 1 || slots < 1) {
    std::fprintf(stderr, "usage: bench_farm [COUNT] [SLOTS]\n");
    return 2;
  }
  if (const auto status = measure(count, slots); !status) {
    std::fprintf(stderr, "bench_farm: %s\n", status.error().message.c_str());
    return 1;
  }
  return 0;
}
