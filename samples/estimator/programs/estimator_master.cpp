// estimator-master CASE.pst --listen ADDRESS:PORT
//
// Estimates the parameters of a PEST case with the runs of workers. Leaves CASE.par (the
// parameters), CASE.rec (what happened), CASE.rmr (who ran what).
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "samples/estimator/programs/farm.h"
#include "samples/estimator/programs/text.h"

namespace {

using namespace estimator;

// A file that is written line by line, so that it can be read while it grows.
class Journal {
 public:
  explicit Journal(const std::string& path) : file_(std::fopen(path.c_str(), "w")) {
    if (!file_) throw Problem(path + ": cannot be written");
  }
  ~Journal() { std::fclose(file_); }
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  void line(const std::string& text) {
    std::fprintf(file_, "%s\n", text.c_str());
    std::fflush(file_);
  }

 private:
  std::FILE* file_;
};

void write_parameters(const std::string& path, const ControlFile& control,
                      const Estimate& estimate) {
  std::string text;
  for (std::size_t at = 0; at < control.parameters.size(); ++at)
    text += control.parameters[at].name + ' ' + text_of(estimate.values[at]) + '\n';
  write_text(path, text);
}

void run(const std::string& case_file, const std::string& address) {
  const ControlFile control = read_control_file(case_file);
  const std::string stem = case_file.substr(0, case_file.rfind('.'));
  Journal record(stem + ".rec");
  Journal runs(stem + ".rmr");
  Farm farm(address_of(address), control.digest(),
            [&](const std::string& text) { runs.line(text); });
  const auto tell = [&](const std::string& text) {
    record.line(text);
    std::printf("%s\n", text.c_str());
    std::fflush(stdout);
  };
  tell("estimating " + std::to_string(control.parameters.size()) + " parameters from " +
       std::to_string(control.observations.size()) + " observations");
  const Estimate result = estimate(
      control, [&](const auto& batch) { return farm.evaluate(batch); }, tell);
  write_parameters(stem + ".par", control, result);
  for (std::size_t at = 0; at < control.parameters.size(); ++at)
    tell(control.parameters[at].name + " " + text_of(result.values[at]));
  tell("final phi " + text_of(result.phi) + " after " + std::to_string(result.iterations) +
       " iterations: " + result.why_stopped);
  runs.line(std::to_string(farm.runs_done()) + " runs, " + std::to_string(farm.runs_repeated()) +
            " given to a second worker, " + std::to_string(farm.workers_seen()) + " workers seen");
}

}  // namespace

int main(int count, char** values) {
  const std::vector<std::string> arguments(values + 1, values + count);
  if (arguments.size() != 3 || arguments[1] != "--listen") {
    std::fprintf(stderr, "usage: estimator-master CASE.pst --listen ADDRESS:PORT\n");
    return 2;
  }
  try {
    run(arguments[0], arguments[2]);
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "estimator-master: %s\n", problem.what());
    return 1;
  }
}
