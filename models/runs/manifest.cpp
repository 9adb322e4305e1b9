#include "models/runs/manifest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <unordered_set>

#include "blob/zip.h"
#include "core/codec.h"
#include "models/place/payload_upload.h"

namespace dms::models {
namespace {

constexpr std::uint64_t values_kept = 10'000;
constexpr std::size_t names_shown = 5;

std::string blob_name(std::string_view job_id) { return fmt::format("{}/manifest.json", job_id); }

// "a, b, c, d, e and 7 more"
std::string some_of(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), names_shown);
  std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + shown, ", "));
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

// The different values of each parameter, in the order of the points.
std::vector<ManifestParameter> parameters_of(const ParameterSpace& space) {
  std::vector<ManifestParameter> parameters;
  for (const std::string& name : space.names()) parameters.push_back({.name = name});
  std::vector<std::unordered_set<std::string>> seen(parameters.size());
  for (std::uint64_t index = 0; index < space.size() && !parameters.empty(); ++index) {
    std::vector<std::string> point = space.point(index);
    for (std::size_t at = 0; at < point.size(); ++at) {
      if (!seen[at].insert(point[at]).second) continue;
      ManifestParameter& parameter = parameters[at];
      ++parameter.count;
      if (parameter.values.size() < values_kept) parameter.values.push_back(std::move(point[at]));
    }
  }
  return parameters;
}

// How the things of two lists, told apart by their names, differ.
struct Difference {
  std::vector<std::string> changed, added, removed;
};

template <class Thing>
Difference difference(const std::vector<Thing>& before, const std::vector<Thing>& now) {
  std::map<std::string_view, const Thing*> old;
  for (const Thing& thing : before) old.emplace(thing.name, &thing);
  Difference result;
  for (const Thing& thing : now) {
    const auto found = old.find(thing.name);
    if (found == old.end()) {
      result.added.push_back(thing.name);
      continue;
    }
    if (!(*found->second == thing)) result.changed.push_back(thing.name);
    old.erase(found);
  }
  for (const auto& [name, thing] : old) result.removed.emplace_back(name);
  return result;
}

void tell(std::vector<std::string>& lines, std::string_view what, const Difference& difference) {
  const auto line = [&](const std::vector<std::string>& names, std::string_view happened) {
    if (!names.empty()) lines.push_back(fmt::format("{}{} {}", what, some_of(names), happened));
  };
  line(difference.changed, "changed");
  line(difference.added, "added");
  line(difference.removed, "removed");
}

void tell_inputs(std::vector<std::string>& lines, const Manifest& before, const Manifest& now) {
  if (before.inputs_sha256 == now.inputs_sha256) return;
  const std::size_t told = lines.size();
  tell(lines, "", difference(before.inputs, now.inputs));
  // A link that leads elsewhere, say: what checksums of contents do not tell.
  if (lines.size() == told) lines.emplace_back("inputs changed");
}

void tell_parameters(std::vector<std::string>& lines, const Manifest& before, const Manifest& now) {
  for (const ManifestParameter& parameter : now.parameters) {
    const auto old = std::find_if(before.parameters.begin(), before.parameters.end(),
                                  [&](const auto& had) { return had.name == parameter.name; });
    if (old == before.parameters.end()) {
      lines.push_back(fmt::format("parameter {} added", parameter.name));
      continue;
    }
    const std::unordered_set<std::string_view> known(old->values.begin(), old->values.end());
    std::vector<std::string> fresh;
    for (const std::string& value : parameter.values)
      if (!known.contains(value)) fresh.push_back(value);
    if (!fresh.empty())
      lines.push_back(fmt::format("new values of {}: {}", parameter.name, some_of(fresh)));
    else if (parameter.count > old->count)
      lines.push_back(fmt::format("new values of {}", parameter.name));
  }
  for (const ManifestParameter& old : before.parameters) {
    const bool kept = std::any_of(now.parameters.begin(), now.parameters.end(),
                                  [&](const auto& has) { return has.name == old.name; });
    if (!kept) lines.push_back(fmt::format("parameter {} removed", old.name));
  }
}

}  // namespace

Result<Manifest> manifest_of(const Study& study, const PackedInputs& inputs) {
  Manifest manifest{
      .inputs_sha256 = inputs.sha256, .command = study.command, .outputs = study.outputs};
  if (!inputs.archive.empty()) {
    DMS_TRY(const auto entries, blob::list_zip(inputs.archive));
    for (const blob::ZipEntry& entry : entries)
      manifest.inputs.push_back({.name = entry.name,
                                 .bytes = static_cast<std::int64_t>(entry.size_bytes),
                                 .crc32 = entry.crc32,
                                 .mode = static_cast<int>(entry.mode)});
  }
  for (const SharedInput& file : inputs.shared)
    manifest.shared_files.push_back({file.name, file.sha256});
  for (const auto& [name, value] : study.environment_variables)
    manifest.environment.push_back({name, value});
  for (const AppPackage& package : study.app_packages)
    manifest.packages.push_back({package.name, package.version + '/' + package.path});
  manifest.parameters = parameters_of(study.space);
  return manifest;
}

std::vector<std::string> changes_since(const Manifest& before, const Manifest& now) {
  std::vector<std::string> lines;
  tell_inputs(lines, before, now);
  tell(lines, "shared file ", difference(before.shared_files, now.shared_files));
  if (before.command != now.command) lines.emplace_back("command changed");
  if (before.outputs != now.outputs) lines.emplace_back("outputs changed");
  tell(lines, "environment ", difference(before.environment, now.environment));
  tell(lines, "package ", difference(before.packages, now.packages));
  tell_parameters(lines, before, now);
  return lines;
}

Status store_manifest(blob::AzureBlob& blob, std::string_view job_id, const Manifest& manifest) {
  DMS_TRY([[maybe_unused]] const auto stamp,
          blob.upload_blob(results_container, blob_name(job_id), encode(manifest),
                           {.content_type = "application/json"})
              .context("keeping the study's manifest"));
  return ok();
}

Result<std::optional<Manifest>> load_manifest(blob::AzureBlob& blob, std::string_view job_id) {
  auto text = blob.read_blob(results_container, blob_name(job_id));
  if (!text && text.error().code != Code::not_found) return std::move(text).error();
  if (!text) return std::optional<Manifest>();
  auto manifest = decode<Manifest>(*text);
  return manifest ? std::optional(*std::move(manifest)) : std::nullopt;
}

}  // namespace dms::models

DMS_CODEC(dms::models::ManifestFile);
DMS_CODEC(dms::models::ManifestVariable);
DMS_CODEC(dms::models::ManifestParameter);
DMS_CODEC(dms::models::Manifest);
