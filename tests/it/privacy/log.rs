//! `deskbell log --redact`, on what was stored before anybody asked for it.

use super::program::Home;
use crate::support::Client;

const SAID: &str = "KD-471100 has card 4111 1111 1111 1111, iban DE89 3704 0044 0532 0130 00, mail anna@mail.example";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_printed_lacks_what_the_configuration_names_too() {
    let home = Home::new();
    let server = home.serve("");
    let mut visitor = Client::connect(server.address, "/ws", None).await;
    visitor.hello(serde_json::json!({})).await;
    let c = visitor.say(SAID, None).await["c"].as_str().unwrap().to_owned();
    drop(server);
    std::fs::write(home.path("own.toml"), "[privacy]\npatterns = ['KD-\\d{6}']\nredact = ['patterns']\n").unwrap();
    std::fs::write(home.path("bad.toml"), "[privacy]\npatterns = ['(']\nredact = ['patterns']\n").unwrap();
    let (own, bad) = (home.path("own.toml"), home.path("bad.toml"));
    let (own, bad) = (own.to_str().unwrap(), bad.to_str().unwrap());
    let whole = home.ok(&["log"]);
    assert!(whole.contains(SAID), "{whole}");
    let usual = "KD-471100 has card 411111******1111, iban [IBAN], mail [e-mail]";
    let also_own = usual.replace("KD-471100", "[redacted]");
    for only in [None, Some(c.as_str())] {
        for (more, said) in [(vec!["--redact"], usual), (vec!["--redact", "--config", own], also_own.as_str())] {
            let mut asked = vec!["log"];
            asked.extend(more);
            asked.extend(only.into_iter().flat_map(|c| ["--conversation", c]));
            let told = home.ok(&asked);
            assert!(told.contains(&format!("{said}\"")), "{asked:?}: {told}");
            for secret in ["4111 1111", "3704", "anna@"] {
                assert!(!told.contains(secret), "{asked:?}: {told}");
            }
            assert!(told.contains(&c), "ids stay: {told}");
        }
    }
    // Where it cannot be done as asked nothing is printed at all.
    for wrong in [
        vec!["log", "--config", own],
        vec!["log", "--redact", "--config", bad],
        vec!["log", "--redact", "--config", "none"],
    ] {
        let done = home.run(&wrong);
        assert_eq!((done.status.code(), done.stdout.len()), (Some(2), 0), "{wrong:?}");
    }
}
