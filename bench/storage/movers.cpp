#include "bench/storage/movers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "core/file.h"

namespace dms::bench {

namespace {

namespace fs = std::filesystem;

std::string place(const std::string& mover, const std::string& name) {
  return fmt::format("{}/{}/{}", bench_container, mover, name);
}

Result<ChildSpec> ours(const Scene& scene, Move move, const std::string& target) {
  const std::string program =
      (fs::read_symlink("/proc/self/exe").parent_path() / "dmsbatch").string();
  std::vector<std::string> argv{program, "blob"};
  switch (move) {
    case Move::up:
      argv.insert(argv.end(), {"upload", scene.large, place(our_folder, "large")});
      break;
    case Move::down:
      argv.insert(argv.end(), {"download", place(our_folder, "large"), target});
      break;
    case Move::up_many:
      argv.insert(argv.end(), {"upload", scene.many, place(our_folder, "many")});
      break;
    case Move::down_many:
      argv.insert(argv.end(), {"download", place(our_folder, "many"), target});
      break;
  }
  argv.insert(argv.end(), {"--config", scene.config_file, "--replace"});
  return ChildSpec{.argv = std::move(argv)};
}

Result<ChildSpec> ours_unchecked(const Scene& scene, Move move, const std::string& target) {
  DMS_TRY(ChildSpec command, ours(scene, move, target));
  command.argv.push_back("--no-md5-check");
  return command;
}

// One connection, one file after the other. The signature is in a file of the owner's.
Result<ChildSpec> curl(const Scene& scene, Move move, const std::string& target) {
  DMS_TRY(const auto client, client_of(scene));
  DMS_TRY(const std::string sas,
          client->get_container_sas_token(bench_container, {.permissions = "rcw"}));
  const auto url = [&](const std::string& name) {
    return fmt::format("url = \"{}/{}?{}\"\n", scene.endpoint, place("curl", name), sas);
  };
  std::string text = "silent\nshow-error\nfail\nheader = \"x-ms-blob-type: BlockBlob\"\n";
  if (move == Move::up)
    text += fmt::format("upload-file = \"{}\"\n", scene.large) + url("large");
  else if (move == Move::down)
    text += url("large") + fmt::format("output = \"{}\"\n", target);
  else if (move == Move::down_many)
    fs::create_directories(target);
  for (int i = 0; i < scene.files; ++i) {
    const std::string name = std::to_string(i);
    if (move == Move::up_many)
      text += fmt::format("upload-file = \"{}/{}\"\n", scene.many, name) + url("many/" + name);
    if (move == Move::down_many)
      text += url("many/" + name) + fmt::format("output = \"{}/{}\"\n", target, name);
  }
  const std::string options = scene.directory + "/curl.options";
  DMS_CHECK(write_file_atomic(options, text, 0600));
  return ChildSpec{.argv = {"curl", "--config", options}};
}

Result<ChildSpec> azure(const Scene& scene, Move move, const std::string& target) {
  ::setenv("BLOB_KEY", scene.key.c_str(), 1);
  std::vector<std::string> argv{"node", DMS_BLOB_MOVER};
  const auto add = [&](const char* what, const char* name, const std::string& path) {
    argv.insert(argv.end(), {what, scene.endpoint, scene.account, bench_container,
                             std::string("azure/") + name, path});
  };
  switch (move) {
    case Move::up: add("up", "large", scene.large); break;
    case Move::down: add("down", "large", target); break;
    case Move::up_many: add("up-many", "many", scene.many); break;
    case Move::down_many: add("down-many", "many", target); break;
  }
  return ChildSpec{.argv = std::move(argv)};
}

}  // namespace

Result<blob::BlobClient> client_of(const Scene& scene) {
  return blob::make_azure_blob(
      {.account = scene.account, .key = scene.key, .endpoint = scene.endpoint});
}

std::vector<Mover> movers(Move move) {
  std::vector<Mover> all{{"dmsbatch", our_folder, ours}};
  if (move == Move::down) all.push_back({"dmsbatch --no-md5-check", our_folder, ours_unchecked});
  all.push_back({"curl, one stream", "curl", curl});
  all.push_back({"@azure/storage-blob", "azure", azure});
  return all;
}

}  // namespace dms::bench
