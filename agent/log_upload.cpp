#include "agent/log_upload.h"

#include <poll.h>

#include <filesystem>

#include "agent/frame_socket.h"
#include "agent/paths.h"
#include "blob/azure_blob.h"
#include "core/clock.h"
#include "core/curl_transport.h"
#include "core/log.h"
#include "core/retry.h"

namespace dms::agent {
namespace {

Status upload_one(blob::AzureBlob& storage, const std::string& container, const LogUpload& upload,
                  const std::string& root, const std::string& file) {
  DMS_CHECK(parts_below(file));
  DMS_TRY(auto source, FileSource::open(root + "/" + file));
  const std::string name = std::filesystem::path(file).filename().string();
  // The start task's logs have plain names: their directory tells them from others.
  const std::string blob = file == agent_log ? name : "startup/" + name;
  DMS_CHECK(storage.upload_blob(container, upload.directory + "/" + blob, source,
                                {.content_type = "text/plain"}));
  return ok();
}

// Waits for one frame. Nothing: the agent is gone.
std::optional<ToAgent> next_frame(FrameSocket& socket) {
  while (socket.is_open()) {
    pollfd readable{socket.fd(), POLLIN, 0};
    ::poll(&readable, 1, -1);
    const Status received = socket.receive();
    if (const auto text = socket.next()) {
      auto frame = decode<ToAgent>(*text);
      return frame ? std::optional(*std::move(frame)) : std::nullopt;
    }
    if (!received) break;
  }
  return std::nullopt;
}

}  // namespace

int upload_logs(Transport& transport, const LogUpload& upload, const std::string& root) {
  const auto parsed = blob::parse_container_url(upload.container_url);
  if (!parsed) {
    log_warn("uploading the node's logs: " + parsed.error().message);
    return 0;
  }
  blob::AzureBlob storage(parsed->account, transport, system_clock());
  int done = 0;
  for (const std::string& file : upload.files) {
    const Status uploaded = upload_one(storage, parsed->container, upload, root, file);
    if (uploaded)
      ++done;
    else
      log_warn("uploading " + file + ": " + uploaded.error().message);
  }
  return done;
}

int run_log_uploader(UniqueFd socket, const std::string& root) {
  FrameSocket frames(std::move(socket));
  const auto frame = next_frame(frames);
  if (!frame) return 1;
  CurlTransport network({.redirects = Redirects::follow});
  Retrying transport(network, system_clock());
  for (const LogUpload& upload : frame->upload_logs) upload_logs(transport, upload, root);
  return 0;
}

}  // namespace dms::agent
