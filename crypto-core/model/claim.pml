/*
 * Named claims. `CLAIM(name, condition)` is an assertion that carries its name: Spin prints the text of a violated
 * assertion, and so the name. A name is a constant 0 and no part of the state.
 *
 * With -DONLY=NAME_OF_CLAIM every other claim is switched off, so that a violation is one of that claim. The names
 * are declared beside the model that makes the claims.
 */
#define EVERY_CLAIM 0
#ifndef ONLY
#define ONLY EVERY_CLAIM
#endif

/* True when the claim is not under examination in this build. */
#define SILENT(number) (ONLY != EVERY_CLAIM && ONLY != number)

#define CLAIM(name, condition) assert(name || (condition))

/*
 * A goal is a claim that must be violated: else the others could hold because nothing ever happens. It is off unless
 * -DONLY names it.
 */
#define UNSOUGHT(number) (ONLY != number)
