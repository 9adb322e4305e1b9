// Built on Boost.Beast's parser and Asio's coroutines.
#include "service/http_connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <memory>
#include <span>
#include <utility>

#include "core/log.h"
#include "service/http_head.h"

namespace dms::service {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::awaitable;
using boost::system::error_code;
using std::chrono::steady_clock;
using tcp = asio::ip::tcp;

using Parser = http::request_parser<http::buffer_body>;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

constexpr std::size_t head_room_bytes = 8 << 10;
constexpr std::size_t read_bytes = 64 << 10;
// To an Upload, from a file. Larger ones leave the cache of the processor and are slower.
constexpr std::size_t piece_bytes = 256 << 10;
// A rest of a body that is read for the sake of the connection.
constexpr std::uint64_t small_rest_bytes = 64 << 10;
// How much, and how long, a client may go on sending before it looks at its answer. Closing at once
// would make its kernel throw the answer away.
constexpr std::uint64_t linger_bytes = 16 << 20;
constexpr std::chrono::seconds linger_time{5};
constexpr std::chrono::seconds stop_grace{5};

std::string_view text(boost::beast::string_view view) { return {view.data(), view.size()}; }

std::string_view standard_reason(int status) {
  return text(http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status))));
}

// Whether the client broke the protocol, in contrast to having gone.
bool is_malformed(error_code error) {
  static const auto& category = http::make_error_code(http::error::bad_target).category();
  return error && error.category() == category && error != http::error::end_of_stream &&
         error != http::error::partial_message;
}

// Whether the client waits for "100 Continue" before it sends its body.
bool awaits_continue(const Parser& parser) {
  return parser.get().version() > 10 && parser.get().count(http::field::expect) > 0;
}

// A request without its URL, which may be broken.
Request to_request(const Parser& parser) {
  Request request;
  request.method = text(parser.get().method_string());
  for (const auto& field : parser.get())
    request.headers.add(std::string(text(field.name_string())), std::string(text(field.value())));
  return request;
}

// Counts a request in work while it lives.
class InWork {
 public:
  explicit InWork(HttpConnections& connections) : connections_(connections) {
    ++connections_.requests;
    ++connections_.in_work;
  }
  InWork(const InWork&) = delete;
  InWork& operator=(const InWork&) = delete;
  ~InWork() {
    connections_.last_request = steady_clock::now();
    --connections_.in_work;
  }

 private:
  HttpConnections& connections_;
};

class Connection final : public HttpConnection {
 public:
  Connection(HttpConnections& all, UniqueFd socket)
      : all_(all), socket_(all.io, tcp::v4(), socket.release()) {
    buffer_.reserve(head_room_bytes);
    all_.open.insert(this);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() override { all_.open.erase(this); }

  // Answers requests until the connection is done with.
  awaitable<void> run();
  void cut_when_over(TimePoint now) override;
  void cut_when_waiting() override;

 private:
  enum class Phase { idle, receiving, handling, answering };
  enum class Next { request, linger, close };
  // What is known of a request: its body is expected, or whole; it has its answer; or its client
  // has gone.
  enum class Stage { expected, whole, answered, gone };

  // A request on its way to its answer.
  struct Exchange {
    Parser parser;
    Request request;
    BodyPlan plan;
    ReadyAnswer answer;
    After after = After::keep;
  };

  awaitable<Next> serve_one();
  // Checks the head and makes the Request. Gives `answered` when the front itself objects.
  Stage take_head(Exchange& exchange);
  // On the pool: asks for the plan, and for the answer when there is no body to wait for.
  Stage decide(Exchange& exchange);
  // On the pool: asks for the answer.
  Stage handle(Exchange& exchange);

  awaitable<Stage> receive(Exchange& exchange);
  awaitable<Stage> receive_pieces(Exchange& exchange);
  awaitable<Stage> take_piece(Exchange& exchange, std::span<const char> piece);
  awaitable<Stage> answer_too_large(Exchange& exchange);
  // Fills `piece` with the next bytes of the body; fewer at its end only.
  awaitable<std::pair<error_code, std::size_t>> read_body(Parser& parser, std::span<char> piece);

  awaitable<Next> answer_bad_head(error_code error);
  awaitable<Next> send_answer(Exchange& exchange);
  awaitable<bool> send_files(AnswerFiles& files);
  // Sends both texts. False when the client is gone.
  awaitable<bool> send(std::string_view first, std::string_view second = {});
  // Reads what is left of a body that nobody wants. False when it does not end well.
  awaitable<bool> skip_rest(Parser& parser);
  // Gives the client time to read its answer while it is still sending.
  awaitable<void> linger();

  // Starts a phase, or a phase anew: its time runs from now.
  void enter(Phase phase);
  void cut();

  template <class Work>
  awaitable<std::invoke_result_t<Work>> on_pool(Work work);

  HttpConnections& all_;
  tcp::socket socket_;
  boost::beast::flat_buffer buffer_{std::size_t{1} << 20};
  Phase phase_ = Phase::idle;
  TimePoint deadline_ = TimePoint::max();
  TimePoint answering_since_;
  bool cut_ = false;
};

// Moves a piece of work to a handler thread, while its coroutine waits.
template <class Work>
awaitable<std::invoke_result_t<Work>> Connection::on_pool(Work work) {
  using Value = std::invoke_result_t<Work>;
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Value)>(
      [this](auto handler, Work todo) {
        asio::post(all_.pool, [this, handler = std::move(handler),
                               todo = std::move(todo)]() mutable {
          Value value = todo();
          asio::post(all_.io, [handler = std::move(handler), value = std::move(value)]() mutable {
            std::move(handler)(std::move(value));
          });
        });
      },
      asio::use_awaitable, std::move(work));
}

// --- requests ---

awaitable<void> Connection::run() {
  Next next = Next::request;
  while (next == Next::request && !cut_) {
    enter(Phase::idle);
    next = co_await serve_one();
  }
  if (next == Next::linger && !cut_) co_await linger();
}

awaitable<Connection::Next> Connection::serve_one() {
  Exchange exchange;
  exchange.parser.header_limit(all_.options.header_limit_bytes);
  exchange.parser.body_limit(boost::none);
  auto [error, count] =
      co_await http::async_read_header(socket_, buffer_, exchange.parser, as_result);
  if (cut_) co_return Next::close;
  if (error) co_return co_await answer_bad_head(error);

  const InWork in_work(all_);
  enter(Phase::handling);
  Stage stage = take_head(exchange);
  if (stage == Stage::expected) {
    stage = co_await on_pool([&] { return decide(exchange); });
  }
  if (stage == Stage::expected) stage = co_await receive(exchange);
  if (stage == Stage::whole) {
    enter(Phase::handling);
    stage = co_await on_pool([&] { return handle(exchange); });
  }
  if (stage == Stage::answered) co_return co_await send_answer(exchange);
  // An Upload cleans up after itself, which may take a while.
  co_await on_pool([&] { return exchange.plan.upload.reset(), stage; });
  co_return Next::close;
}

Connection::Stage Connection::take_head(Exchange& exchange) {
  exchange.request = to_request(exchange.parser);
  const Headers& headers = exchange.request.headers;
  auto objected = objection(static_cast<int>(exchange.parser.get().version()), headers);
  if (!objected) {
    auto url = request_url(text(exchange.parser.get().target()),
                           headers.find("Host").value_or(all_.own_host));
    if (url) {
      exchange.request.url = *std::move(url);
      return Stage::expected;
    }
    objected = plain_answer(400, url.error().message);
  }
  exchange.answer = {*std::move(objected), {}};
  exchange.after = After::close;  // where the next request begins is open to doubt
  return Stage::answered;
}

Connection::Stage Connection::decide(Exchange& exchange) {
  exchange.plan = all_.handler.plan(exchange.request);
  if (exchange.plan.refusal) {
    exchange.plan.upload.reset();
    exchange.answer = all_.handler.refuse(exchange.request, std::move(*exchange.plan.refusal));
    return Stage::answered;
  }
  return exchange.parser.is_done() ? handle(exchange) : Stage::expected;
}

Connection::Stage Connection::handle(Exchange& exchange) {
  exchange.answer = all_.handler.handle(exchange.request, std::move(exchange.plan.upload));
  return Stage::answered;
}

// --- bodies ---

awaitable<Connection::Stage> Connection::receive(Exchange& exchange) {
  const auto length = exchange.parser.content_length();
  if (!exchange.plan.upload && length && *length > exchange.plan.memory_limit) {
    co_return co_await answer_too_large(exchange);
  }
  if (awaits_continue(exchange.parser)) {
    const bool sent = co_await send("HTTP/1.1 100 Continue\r\n\r\n");
    if (!sent) co_return Stage::gone;
  }
  co_return co_await receive_pieces(exchange);
}

awaitable<Connection::Stage> Connection::receive_pieces(Exchange& exchange) {
  const auto length = exchange.parser.content_length();
  const std::size_t size = length ? std::min<std::uint64_t>(*length, piece_bytes) : piece_bytes;
  const auto room = std::make_unique_for_overwrite<char[]>(size);
  buffer_.reserve(std::min(size, read_bytes));
  for (;;) {
    const auto [error, count] = co_await read_body(exchange.parser, {room.get(), size});
    if (cut_) co_return Stage::gone;
    if (is_malformed(error)) {
      exchange.answer = {plain_answer(400, "malformed body: " + error.message()), {}};
      exchange.after = After::close;
      co_return Stage::answered;
    }
    if (error) co_return Stage::gone;
    if (count > 0) {
      const Stage stage = co_await take_piece(exchange, {room.get(), count});
      if (stage != Stage::expected) co_return stage;
    }
    if (exchange.parser.is_done()) co_return Stage::whole;
  }
}

awaitable<Connection::Stage> Connection::take_piece(Exchange& exchange,
                                                    std::span<const char> piece) {
  if (!exchange.plan.upload) {
    std::string& body = exchange.request.body;
    if (piece.size() > exchange.plan.memory_limit - body.size()) {
      co_return co_await answer_too_large(exchange);
    }
    body.append(piece.data(), piece.size());
    co_return Stage::expected;
  }
  enter(Phase::handling);
  co_return co_await on_pool([this, &exchange, piece] {
    const Status written = CarefulHandler::write(*exchange.plan.upload, piece);
    if (written) return Stage::expected;
    exchange.plan.upload.reset();
    exchange.answer = {all_.handler.upload_failed(exchange.request, written.error()), {}};
    return Stage::answered;
  });
}

awaitable<Connection::Stage> Connection::answer_too_large(Exchange& exchange) {
  enter(Phase::handling);
  exchange.request.body.clear();
  co_return co_await on_pool([this, &exchange] {
    exchange.answer = all_.handler.too_large(exchange.request);
    return Stage::answered;
  });
}

awaitable<std::pair<error_code, std::size_t>> Connection::read_body(Parser& parser,
                                                                    std::span<char> piece) {
  auto& body = parser.get().body();
  body.data = piece.data();
  body.size = piece.size();
  body.more = true;
  error_code error;
  while (!error && !parser.is_done() && body.size > 0) {
    enter(Phase::receiving);
    auto [failed, count] = co_await http::async_read_some(socket_, buffer_, parser, as_result);
    if (failed != http::error::need_buffer) error = failed;  // the piece is full
  }
  co_return std::pair(error, piece.size() - body.size);
}

awaitable<bool> Connection::skip_rest(Parser& parser) {
  const auto room = std::make_unique_for_overwrite<char[]>(small_rest_bytes);
  while (!parser.is_done()) {
    const auto [error, count] = co_await read_body(parser, {room.get(), small_rest_bytes});
    if (error || cut_) co_return false;
  }
  co_return true;
}

// --- answers ---

awaitable<Connection::Next> Connection::answer_bad_head(error_code error) {
  if (!is_malformed(error)) co_return Next::close;
  const bool too_long = error == http::error::header_limit || error == http::error::buffer_overflow;
  const Answer answer = too_long ? plain_answer(431, "the head of the request is too large")
                                 : plain_answer(400, "malformed request: " + error.message());
  const std::string head =
      format_head(answer, standard_reason(answer.status), answer.body.size(), After::close);
  const bool sent = co_await send(head, answer.body);
  co_return sent ? Next::linger : Next::close;
}

awaitable<Connection::Next> Connection::send_answer(Exchange& exchange) {
  answering_since_ = steady_clock::now();
  const Parser& parser = exchange.parser;
  const auto rest = parser.content_length_remaining();
  const bool rest_is_small = rest && *rest <= small_rest_bytes && !awaits_continue(parser);
  if ((!parser.is_done() && !rest_is_small) || !parser.keep_alive() || all_.stopping_since) {
    exchange.after = After::close;
  } else if (exchange.after == After::keep && parser.get().version() == 10) {
    exchange.after = After::kept_for_1_0;
  }
  auto& [answer, files] = exchange.answer;
  const bool head_only = exchange.parser.get().method() == http::verb::head;
  std::optional<std::uint64_t> length = answer.body.size() + files.length();
  if (head_only) length = answer.head_length;
  if (!may_have_body(answer.status)) length = std::nullopt;
  if (head_only || !length) answer.body.clear();

  const std::string head =
      format_head(answer, standard_reason(answer.status), length, exchange.after);
  bool sent = co_await send(head, answer.body);
  if (sent) sent = co_await send_files(files);
  if (!sent || cut_) co_return Next::close;
  if (exchange.after == After::close) co_return parser.is_done() ? Next::close : Next::linger;
  const bool skipped = co_await skip_rest(exchange.parser);
  co_return skipped ? Next::request : Next::close;
}

awaitable<bool> Connection::send_files(AnswerFiles& files) {
  if (files.length() == 0) co_return true;
  socket_.native_non_blocking(true);
  for (;;) {
    enter(Phase::handling);
    const Result<AnswerFiles::Sent> sent =
        co_await on_pool([&] { return files.send(socket_.native_handle()); });
    if (cut_) co_return false;
    if (!sent) {
      // The length is out already: a connection that ends early is how the client learns of it.
      if (sent.error().code != Code::unavailable)
        log_error("an answer ends early: " + sent.error().message);
      co_return false;
    }
    if (*sent == AnswerFiles::Sent::all) co_return true;
    if (*sent == AnswerFiles::Sent::some) continue;
    enter(Phase::answering);
    const auto [error] = co_await socket_.async_wait(tcp::socket::wait_write, as_result);
    if (error || cut_) co_return false;
  }
}

awaitable<bool> Connection::send(std::string_view first, std::string_view second) {
  while (!first.empty() || !second.empty()) {
    enter(Phase::answering);
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(first), asio::buffer(second)};
    auto [error, count] = co_await socket_.async_write_some(buffers, as_result);
    if (error || cut_) co_return false;
    const std::size_t of_first = std::min(count, first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(count - of_first);
  }
  co_return true;
}

awaitable<void> Connection::linger() {
  error_code error;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  enter(Phase::receiving);
  deadline_ = steady_clock::now() + linger_time;
  std::uint64_t total = 0;
  while (!error && !cut_ && total < linger_bytes) {
    buffer_.clear();
    auto [failed, count] = co_await socket_.async_read_some(buffer_.prepare(read_bytes), as_result);
    error = failed;
    total += count;
  }
}

// --- time ---

void Connection::enter(Phase phase) {
  phase_ = phase;
  const FrontOptions& options = all_.options;
  switch (phase) {
    case Phase::idle: deadline_ = steady_clock::now() + options.idle_timeout; break;
    case Phase::receiving:
    case Phase::answering: deadline_ = steady_clock::now() + options.stall_timeout; break;
    case Phase::handling: deadline_ = TimePoint::max(); break;
  }
  if (all_.stopping_since) cut_when_waiting();
}

void Connection::cut_when_over(TimePoint now) {
  const auto& stopping = all_.stopping_since;
  if (now >= deadline_) cut();
  if (stopping && phase_ == Phase::answering &&
      now >= std::max(*stopping, answering_since_) + stop_grace) {
    cut();
  }
}

void Connection::cut_when_waiting() {
  if (phase_ == Phase::idle || phase_ == Phase::receiving) cut();
}

void Connection::cut() {
  cut_ = true;
  error_code ignored;  // the client may have gone by itself
  socket_.shutdown(tcp::socket::shutdown_both, ignored);
}

awaitable<void> serve(HttpConnections& connections, UniqueFd socket) {
  {
    Connection connection(connections, std::move(socket));
    co_await connection.run();
  }
  if (connections.open.empty()) connections.on_last();
}

}  // namespace

void serve_connection(UniqueFd socket, HttpConnections& connections) {
  asio::co_spawn(connections.io, serve(connections, std::move(socket)), asio::detached);
}

}  // namespace dms::service
