// An instance's door for the other instances of its task: starts the commands that they ask for,
// as ssh would on a node of Azure, and tells how they ended.
//
// The commands are children of this process, a runner, and end with its run. One thread.
#pragma once

#include <list>
#include <string>

#include "agent/command_line.h"
#include "agent/frame_socket.h"
#include "agent/node_view.h"
#include "core/file.h"
#include "core/result.h"

namespace dms::agent {

class ShellServer {
 public:
  struct Place {
    std::string run;          // requests of other runs are refused
    std::string directory;    // where commands start
    Environment environment;  // all they get
    const NodeView& view;
  };

  // Listens on the path; only processes of this process's user are served.
  // Errors: fail_errno's.
  static Result<ShellServer> listen(const std::string& socket_path, Place place);

  // Readable when there is something to serve.
  int fd() const { return poll_.get(); }
  // Takes requests and tells of ends, without waiting.
  void serve();

 private:
  struct Session {
    UniqueFd door;       // as long as its descriptors are to come
    FrameSocket socket;  // then
    UniqueFd stdio[3];
    pid_t pid = 0;
    UniqueFd exited;
  };

  ShellServer(UniqueFd listener, UniqueFd poll, Place place)
      : listener_(std::move(listener)), poll_(std::move(poll)), place_(std::move(place)) {}

  void accept();
  // Whether the session goes on.
  bool advance(Session& session);
  bool take_descriptors(Session& session);
  bool take_request(Session& session);
  bool start(Session& session, const std::string& command);
  bool tell_end(Session& session);
  bool refuse(Session& session, const std::string& why);
  Status watch(int fd);

  UniqueFd listener_;
  UniqueFd poll_;
  Place place_;
  std::list<Session> sessions_;
};

}  // namespace dms::agent
