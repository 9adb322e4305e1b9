#include "models/run.h"

#include <algorithm>

#include "core/crypto.h"

namespace dms::models {
namespace {

constexpr std::size_t hash_digits = 12;
constexpr std::size_t longest_prefix = 64 - 1 - hash_digits;

// A running digest over texts of any content: each is preceded by its length.
class IdentityHash {
 public:
  void add(std::string_view text) {
    sha256_.update(std::to_string(text.size()));
    sha256_.update(std::string_view(":"));
    sha256_.update(text);
  }
  void add_count(std::size_t count) { add(std::to_string(count)); }
  std::string finish() { return hex(sha256_.finish()).substr(0, hash_digits); }

 private:
  Sha256 sha256_;
};

std::string hash_of(const Run& run, std::string_view inputs_sha256,
                    const std::vector<AppPackage>& packages) {
  IdentityHash hash;
  hash.add("run 1");  // changes when what a task does with the same texts changes
  hash.add(run.command);
  hash.add(inputs_sha256);
  hash.add_count(run.outputs.size());
  for (const std::string& output : run.outputs) hash.add(output);
  // The order of variables makes no difference to the run.
  auto environment = run.environment;
  std::sort(environment.begin(), environment.end());
  hash.add_count(environment.size());
  for (const auto& [name, value] : environment) {
    hash.add(name);
    hash.add(value);
  }
  if (!packages.empty()) hash.add_count(packages.size());
  for (const AppPackage& package : packages) {
    hash.add(package.name);
    hash.add(package.version);
    hash.add(package.path);
  }
  return hash.finish();
}

void append_legal(std::string& id, std::string_view text) {
  for (const char c : text) {
    const bool legal = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '_';
    id += legal ? c : '_';
  }
}

// "LJ_T-0_5--LJ_RHO-0_7"; values only when that is too long, and as much of them as fits.
std::string readable_part(const std::vector<std::string>& names,
                          const std::vector<std::string>& values) {
  std::string full, short_form;
  for (std::size_t at = 0; at < names.size(); ++at) {
    if (at > 0) {
      full += "--";
      short_form += "--";
    }
    append_legal(full, names[at]);
    full += '-';
    append_legal(full, values[at]);
    append_legal(short_form, values[at]);
  }
  if (full.empty()) return "run";
  if (full.size() <= longest_prefix) return full;
  return short_form.substr(0, longest_prefix);
}

}  // namespace

Run Runs::at(std::uint64_t index) const {
  const std::vector<std::string>& names = study_.space.names();
  Run run{.values = study_.space.point(index)};
  run.command = substitute(study_.command, names, run.values);
  for (const std::string& output : study_.outputs)
    run.outputs.push_back(substitute(output, names, run.values));
  for (std::size_t at = 0; at < names.size(); ++at)
    run.environment.emplace_back(names[at], run.values[at]);
  for (const auto& [name, value] : study_.environment_variables)
    run.environment.emplace_back(name, substitute(value, names, run.values));
  run.id =
      readable_part(names, run.values) + '-' + hash_of(run, inputs_sha256_, study_.app_packages);
  return run;
}

}  // namespace dms::models
