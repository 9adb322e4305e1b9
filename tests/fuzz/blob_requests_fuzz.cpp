// Requests to the Blob service, in the form of router_fuzz.cpp. A method with '!' in front goes out
// without a signature; `{SAS}` in a target stands for a signed query that allows everything.
#include <algorithm>

#include "blob/sas.h"
#include "blob/xml.h"
#include "core/log.h"
#include "core/signing.h"
#include "service/blob/blob_service.h"
#include "service/http_head.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/fake_clock.h"
#include "tests/support/router_transport.h"
#include "tests/support/temp_directory.h"

using namespace dms;
using namespace dms::service;

namespace {

constexpr int max_requests = 12;
constexpr const char* origin = "127.0.0.1:1";

SharedKey key() { return {"store", std::string(64, 'k')}; }

Content content() {
  set_log_level(LogLevel::off);
  static const TempDirectory directory;
  static const Content opened = Content::open(directory.path()).value();
  return opened;
}

// What the front lets through of a header.
std::string printable(std::string_view text) {
  std::string kept(text);
  std::erase_if(kept, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  return kept;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

class World {
 public:
  void take(std::string_view text) {
    std::string_view line = fuzz::take_until(text, "\n");
    std::string_view method = fuzz::take_until(line, " ");
    const bool is_signed = !method.starts_with('!');
    if (!is_signed) method.remove_prefix(1);
    std::string target(line);
    if (const auto at = target.find("{SAS}"); at != target.npos) target.replace(at, 5, sas());
    const auto url = request_url(target, origin);
    if (!url || !is_token(method)) return;
    Request request{.method = std::string(method), .url = *url};
    for (std::string_view header; !(header = fuzz::take_until(text, "\n")).empty();) {
      const std::string_view name = fuzz::take_until(header, ": ");
      if (is_token(name)) request.headers.add(std::string(name), printable(header));
    }
    request.body = text;
    const auto answer = is_signed ? client_.send(request) : door_.send(request);
    fuzz::require(answer.has_value(), "every request has an answer");
    check(request, *answer);
    clock_.advance(std::chrono::seconds(1));
  }

 private:
  std::string sas() const {
    return blob::make_container_sas(
        key(), "cont",
        {.permissions = "racwdl", .expiry = {clock_.now().at + std::chrono::hours(1)}});
  }

  static void check(const Request& request, const Response& answer) {
    const std::string shown = std::to_string(answer.status) + answer.body;
    fuzz::require(answer.status >= 200 && answer.status < 600 && answer.status != 500,
                  "an answer has a status, and the service does not fail", shown);
    fuzz::require((answer.status >= 300) == answer.headers.contains("x-ms-error-code"),
                  "an error has its code", shown);
    if (answer.headers.get("Content-Type") != "application/xml" || answer.body.empty() ||
        request.method == "HEAD")
      return;
    const bool is_page = answer.body.find("<EnumerationResults") != std::string::npos;
    if (answer.status >= 300)
      fuzz::require(blob::read_error_body(answer.body).has_value(), "an error is XML", shown);
    else if (is_page && answer.body.find("<Blobs") != std::string::npos)
      fuzz::require(blob::read_blob_list(answer.body).has_value(), "blobs are XML", shown);
    else if (is_page)
      fuzz::require(blob::read_container_list(answer.body).has_value(), "lists are XML", shown);
    else if (answer.body.find("<SignedIdentifiers") != std::string::npos)
      fuzz::require(blob::read_access_policies(answer.body).has_value(), "policies are XML", shown);
  }

  FakeClock clock_;
  std::unique_ptr<Store> store_ = memory_store();
  BlobService service_{key(), std::string("http://") + origin + "/store", {}, content(), *store_,
                       clock_};
  RouterTransport door_{service_};
  Signed client_{door_, key(), Protocol::blob, clock_};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = fuzz::text_of(data, size);
  World world;
  for (int i = 0; i < max_requests && !text.empty(); ++i)
    world.take(fuzz::take_until(text, "\x1e"));
  return 0;
}
