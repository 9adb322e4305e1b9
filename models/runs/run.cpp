#include "models/runs/run.h"

#include <algorithm>

#include "core/crypto.h"
#include "models/study/task_id.h"

namespace dms::models {
namespace {

constexpr std::size_t digest_digits = 32;
constexpr std::size_t hash_digits = 12;  // of these, in an id
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
  std::string finish() { return hex(sha256_.finish()).substr(0, digest_digits); }

 private:
  Sha256 sha256_;
};

using Environment = std::vector<std::pair<std::string, std::string>>;

void add_work(IdentityHash& hash, std::string_view command, std::string_view inputs_sha256,
              const std::vector<std::string>& outputs) {
  hash.add(command);
  hash.add(inputs_sha256);
  hash.add_count(outputs.size());
  for (const std::string& output : outputs) hash.add(output);
}

// The order of variables makes no difference to the run.
void add_environment(IdentityHash& hash, Environment environment) {
  std::sort(environment.begin(), environment.end());
  hash.add_count(environment.size());
  for (const auto& [name, value] : environment) {
    hash.add(name);
    hash.add(value);
  }
}

// Nothing without packages, so that runs keep their names.
void add_packages(IdentityHash& hash, const std::vector<AppPackage>& packages) {
  if (!packages.empty()) hash.add_count(packages.size());
  for (const AppPackage& package : packages) {
    hash.add(package.name);
    hash.add(package.version);
    hash.add(package.path);
  }
}

// A run without templates is what it was before there were any.
void add_templates(IdentityHash& hash, const std::vector<TemplateFile>& templates) {
  for (const TemplateFile& file : templates)
    for (const std::string& text : {file.from, file.to, file.style}) hash.add(text);
}

std::string digest_of(const Run& run, std::string_view inputs_sha256,
                      const std::vector<AppPackage>& packages) {
  IdentityHash hash;
  hash.add("run 2");  // changes when what a task does with the same texts changes
  if (!run.placement.empty()) hash.add(run.placement + '\n' + run.coordination);
  add_work(hash, run.command, inputs_sha256, run.outputs);
  add_environment(hash, run.environment);
  add_packages(hash, packages);
  add_templates(hash, run.templates);
  return hash.finish();
}

std::string family_of(const Study& study, std::string_view inputs_sha256) {
  IdentityHash hash;
  hash.add("family 1");
  add_work(hash, study.command, inputs_sha256, study.outputs);
  Environment environment = study.environment_variables;
  for (const std::string& name : study.space.names()) environment.emplace_back(name, "");
  add_environment(hash, std::move(environment));
  add_packages(hash, study.app_packages);
  add_templates(hash, study.templates);
  return hash.finish();
}

// "LJ_T-0_5--LJ_RHO-0_7"; values only when that is too long, and as much of them as fits.
std::string readable_part(const std::vector<std::string>& names, std::size_t swept,
                          const std::vector<std::string>& values) {
  std::string full, short_form;
  for (std::size_t at = 0; at < swept; ++at) {
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

Runs::Runs(const Study& study, std::string inputs_sha256)
    : study_(study),
      inputs_sha256_(std::move(inputs_sha256)),
      family_(family_of(study, inputs_sha256_)) {}

Run Runs::at(std::uint64_t index) const {
  const std::vector<std::string>& names = study_.space.names();
  Run run{.values = study_.space.point(index)};
  run.command = substitute(study_.command, names, run.values);
  if (study_.mpi) {
    run.coordination = substitute(study_.mpi->coordination_command, names, run.values);
    run.placement = mpi_placement(study_);
  }
  for (const std::string& output : study_.outputs)
    run.outputs.push_back(substitute(output, names, run.values));
  for (std::size_t at = 0; at < names.size(); ++at)
    run.environment.emplace_back(names[at], run.values[at]);
  for (const auto& [name, value] : study_.environment_variables)
    run.environment.emplace_back(name, substitute(value, names, run.values));
  for (const TemplateFile& file : study_.templates)
    run.templates.push_back({file.from, substitute(file.to, names, run.values), file.style});
  run.digest = digest_of(run, inputs_sha256_, study_.app_packages);
  if (study_.task_id.empty())
    run.id = readable_part(names, study_.space.swept_count(), run.values) + '-' +
             run.digest.substr(0, hash_digits);
  else
    run.id = pattern_text(study_.task_id, names, run.values) + '-' +
             run.digest.substr(0, pattern_digits);
  return run;
}

}  // namespace dms::models
