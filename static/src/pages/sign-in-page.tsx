import { useState, type FormEvent } from "react";
import { Button, FormGroup, InputGroup } from "@blueprintjs/core";
import { EyeOff, EyeOpen } from "@blueprintjs/icons";
import { Navigate, useSearchParams } from "react-router-dom";
import { useMe, useSignIn } from "../api/session";
import { Logo } from "../app/logo";
import { useTheme } from "../lib/theme";
import { useTitle } from "../lib/title";
import { ProblemCallout } from "../panels/problem-callout";

// Follow a path of this site only: "//elsewhere" and "https:..." are refused.
function safeNext(next: string | null): string {
  return next !== null && /^\/(?![/\\])/.test(next) ? next : "/";
}

export function SignInPage() {
  useTheme();
  useTitle("Sign in");
  const me = useMe();
  const signIn = useSignIn();
  const [params] = useSearchParams();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [shown, setShown] = useState(false);

  if (me.data) return <Navigate to={safeNext(params.get("next"))} replace />;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate({ email, password });
  };
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <Logo size={40} />
        <h1>Sign in to Tyboo Studio</h1>
        <p className="quiet">Workflows that are never lost.</p>
        <form onSubmit={submit}>
          <FormGroup label="E-mail" labelFor="email">
            <InputGroup id="email" type="email" size="large" autoComplete="username" autoFocus required value={email}
              onValueChange={setEmail} />
          </FormGroup>
          <FormGroup label="Password" labelFor="password">
            <InputGroup id="password" type={shown ? "text" : "password"} size="large" autoComplete="current-password" required
              value={password} onValueChange={setPassword}
              rightElement={<Button variant="minimal" icon={shown ? <EyeOff /> : <EyeOpen />} onClick={() => setShown(!shown)}
                aria-label={shown ? "Hide password" : "Show password"} />} />
          </FormGroup>
          {signIn.isError && <ProblemCallout error={signIn.error} />}
          <Button type="submit" intent="primary" size="large" fill loading={signIn.isPending}>Sign in</Button>
        </form>
      </div>
    </main>
  );
}
