// What a study was when its runs were last submitted, kept beside its results as
// "<job>/manifest.json", so that a later look can say why runs are new.
//
// Values and pure functions, but for the two that ask storage.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "blob/azure_blob.h"
#include "core/fields.h"
#include "models/place/payload.h"
#include "models/runs/run.h"

namespace dms::models {

struct ManifestFile {
  std::string name;
  std::int64_t bytes = 0;
  std::int64_t crc32 = 0;
  int mode = 0;
  bool operator==(const ManifestFile&) const = default;
  template <class S = ManifestFile>
  static constexpr auto fields() {
    return std::tuple{required("name", &S::name), field("bytes", &S::bytes),
                      field("crc32", &S::crc32), field("mode", &S::mode)};
  }
};

struct ManifestVariable {
  std::string name;
  std::string value;
  bool operator==(const ManifestVariable&) const = default;
  template <class S = ManifestVariable>
  static constexpr auto fields() {
    return std::tuple{required("name", &S::name), required("value", &S::value)};
  }
};

struct ManifestParameter {
  std::string name;
  std::int64_t count = 0;
  std::vector<std::string> values;  // the first 10,000
  bool operator==(const ManifestParameter&) const = default;
  template <class S = ManifestParameter>
  static constexpr auto fields() {
    return std::tuple{required("name", &S::name), required("count", &S::count),
                      field("values", &S::values)};
  }
};

struct Manifest {
  std::string inputs_sha256;
  std::vector<ManifestFile> inputs;            // by name
  std::vector<ManifestVariable> shared_files;  // and their digests
  std::string command;
  std::vector<std::string> outputs;
  std::vector<ManifestVariable> environment;
  std::vector<ManifestVariable> packages;  // "version/path"
  std::vector<ManifestParameter> parameters;
  bool operator==(const Manifest&) const = default;
  template <class S = Manifest>
  static constexpr auto fields() {
    return std::tuple{field("inputsSha256", &S::inputs_sha256),
                      field("inputs", &S::inputs),
                      field("sharedFiles", &S::shared_files),
                      required("command", &S::command),
                      field("outputs", &S::outputs),
                      field("environment", &S::environment),
                      field("packages", &S::packages),
                      field("parameters", &S::parameters)};
  }
};

// Errors: those of reading the inputs' archive.
Result<Manifest> manifest_of(const Study& study, const PackedInputs& inputs);

// What makes runs of `now` other runs than those of `before`, a sentence each: "in.melt changed",
// "command changed", "new values of LJ_T: 3.5, 4", "environment OMP_NUM_THREADS changed".
std::vector<std::string> changes_since(const Manifest& before, const Manifest& now);

Status store_manifest(blob::AzureBlob& blob, std::string_view job_id, const Manifest& manifest);
// Nothing when the study was not submitted yet, or its manifest cannot be read.
Result<std::optional<Manifest>> load_manifest(blob::AzureBlob& blob, std::string_view job_id);

}  // namespace dms::models
