#include "models/runs/kept_results.h"

#include <algorithm>
#include <charconv>

#include "models/parallel.h"
#include "models/place/payload_upload.h"

namespace dms::models {
namespace {

constexpr std::size_t key_digits = 16;

// The start of a digest as a number; nothing for what is none.
std::optional<std::uint64_t> key_of(std::string_view digest) {
  std::uint64_t key = 0;
  const std::string_view digits = digest.substr(0, key_digits);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), key, 16);
  if (error != std::errc() || end != digits.data() + key_digits) return std::nullopt;
  return key;
}

// The sorted keys of all results of a family.
Result<std::vector<std::uint64_t>> list_keys(blob::AzureBlob& blob, const std::string& prefix) {
  std::vector<std::uint64_t> keys;
  const Status listed = blob.list_blobs_from_container(
      results_container, {.prefix = prefix}, [&](blob::BlobList&& page) {
        for (const blob::BlobItem& item : page.blobs)
          if (const auto key = key_of(std::string_view(item.name).substr(prefix.size())))
            keys.push_back(*key);
        return ok();
      });
  if (!listed && listed.error().code != Code::not_found) return listed.error();
  std::sort(keys.begin(), keys.end());
  return keys;
}

}  // namespace

Result<std::vector<bool>> find_kept(blob::AzureBlob& blob, const Runs& runs) {
  DMS_TRY(const auto keys, list_keys(blob, kept_prefix(runs.family())));
  std::vector<bool> kept(runs.size(), false);
  if (keys.empty()) return kept;
  for (std::uint64_t index = 0; index < runs.size(); ++index)
    kept[index] = std::binary_search(keys.begin(), keys.end(), *key_of(runs.at(index).digest));
  return kept;
}

Status remove_kept(blob::AzureBlob& blob, const Runs& runs, const std::vector<bool>& kept,
                   int parallel, std::stop_token stop) {
  std::vector<std::uint64_t> indices;
  for (std::uint64_t index = 0; index < kept.size(); ++index)
    if (kept[index]) indices.push_back(index);
  return for_each_parallel(indices.size(), parallel, stop, [&](std::uint64_t at) {
    Status removed =
        blob.delete_blob(results_container, kept_blob(runs.family(), runs.at(indices[at]).digest));
    if (!removed && removed.error().code == Code::not_found) return ok();
    return removed;
  });
}

void apply_kept(const std::vector<bool>& kept, RunTable& table) {
  for (std::uint64_t index = 0; index < kept.size(); ++index) {
    if (!kept[index] || table[index].state != RunState::absent) continue;
    table[index] = {.state = RunState::succeeded, .kept = true, .has_exit_code = true};
  }
}

std::optional<float> recorded_seconds(std::string_view tail) {
  constexpr std::string_view mark = "dmsbatch-run exit=", field = " seconds=";
  const auto record = tail.rfind(mark);
  if (record == tail.npos) return std::nullopt;
  const auto at = tail.find(field, record);
  if (at == tail.npos) return std::nullopt;
  float seconds = 0;
  const auto [end, error] =
      std::from_chars(tail.data() + at + field.size(), tail.data() + tail.size(), seconds);
  if (error != std::errc()) return std::nullopt;
  return seconds;
}

}  // namespace dms::models
