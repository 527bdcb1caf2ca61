#include "tools/partita/sweep/serve.h"

#include <csignal>

#include "tools/partita/commands.h"
#include "tools/partita/sweep/evaluate.h"
#include "tools/partita/sweep/lines.h"

namespace partita::command {

int serve(int in, int out, Console& console, const std::string& files) {
  // Ctrl-C is for the one who asks: a search would answer it with the best plan so far, which is
  // not what an undisturbed one finds.
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  sigprocmask(SIG_BLOCK, &interrupt, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  PointEvaluator evaluator(console, files);
  LineReader questions(in);
  while (const auto line = questions.next()) {
    if (line->empty()) continue;
    PointAnswer answer = evaluator.evaluate(read_question(*line));
    if (!write_all(out, to_line(answer) + "\n")) break;
    if (answer.is_exhausted)
      return kEnvironment;  // what is left of this process is in no good state
  }
  return kDone;
}

}  // namespace partita::command
