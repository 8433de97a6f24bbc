document.body.append(`This is ${location.pathname}, and the page is the same.`);
